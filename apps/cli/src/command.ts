import type { Environment } from '@sluice/kernel/env'

/** What a subcommand may touch of its process. */
export interface CommandContext {
  readonly env: Environment
  readonly json: boolean
  readonly out: (text: string) => void
}

/** Exit codes: 0 done, 1 failed, 2 the configuration or the call is not valid. */
export const exitCode = { done: 0, failed: 1, invalid: 2 } as const

/** Prints a result as JSON or as a sentence. */
export function print(context: CommandContext, result: object, sentence: string): void {
  context.out(context.json ? JSON.stringify(result) : sentence)
}
