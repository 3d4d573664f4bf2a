import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { basename } from 'node:path'

export interface RunOptions {
  readonly uid?: number
  readonly gid?: number
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Standard input. */
  readonly input?: string
  /** How much of what a failed program said goes into the error: its last lines. */
  readonly lines?: number
}

/** Runs a program that ends by itself; resolves with its standard output, rejects with all it said when it failed. */
export async function runToEnd(
  command: string,
  args: readonly string[],
  { input = '', lines = 20, env, ...options }: RunOptions = {},
): Promise<string> {
  const child = spawn(command, args, { ...options, env: { ...process.env, ...env } })
  let output = ''
  let everything = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    everything += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    everything += chunk.toString()
  })
  child.stdin.on('error', () => undefined) // it ended without reading: the exit code tells
  child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  if (code === 0) return output
  const lastLines = everything.trimEnd().split('\n').slice(-lines).join('\n')
  throw new Error(`${basename(command)} failed (${String(code)}):\n${lastLines}`)
}
