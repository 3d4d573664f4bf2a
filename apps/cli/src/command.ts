import type { Environment } from '@sluice/kernel/env'
import { defineErrors, kernelErrors } from '@sluice/kernel/errors'

/** What a subcommand may touch of its process. */
export interface CommandContext {
  readonly env: Environment
  readonly json: boolean
  readonly out: (text: string) => void
  /** Resolves when the process is told to end. Whoever calls it ends in good order by itself. */
  readonly untilInterrupted: () => Promise<void>
}

/** Exit codes: 0 done, 1 failed, 2 the configuration or the call is not valid, 3 a dry run found something to do. */
export const exitCode = { done: 0, failed: 1, invalid: 2, differs: 3 } as const

export const cliErrors = defineErrors({
  topics_differ: { status: 500, retryable: false, title: 'Topics are not what was agreed' },
})

export function exitCodeOf(errorCode: string): number {
  if (errorCode === kernelErrors.invalid_configuration.code) return exitCode.invalid
  return errorCode === cliErrors.topics_differ.code ? exitCode.differs : exitCode.failed
}

/** Prints a result as JSON or as a sentence. */
export function print(context: CommandContext, result: object, sentence: string): void {
  context.out(context.json ? JSON.stringify(result) : sentence)
}
