import type { Environment } from '@sluice/kernel/env'
import { type CliOutput, runCli } from '../cli.ts'

/** One `sluice …` line, and all that it said. */
export async function runSluice(
  env: Environment,
  ...args: string[]
): Promise<{ readonly code: number; readonly out: string; readonly errors: string }> {
  const out: string[] = []
  const errors: string[] = []
  const output = {
    out: (text: string) => out.push(text),
    error: (text: string) => errors.push(text),
    untilInterrupted: () => Promise.resolve(),
  }
  const code = await runCli(args, env, output as CliOutput)
  return { code, out: out.join('\n'), errors: errors.join('\n') }
}
