import { join } from 'node:path'
import { repository } from '../repository.ts'
import type { Program } from './program.ts'

export interface NodeProgram extends Pick<Program, 'name' | 'logFile' | 'ready'> {
  /** The root of the work tree it is of; ours unless given. */
  readonly root?: string
  /** From the root. */
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** One of our own processes, run from source by this Node with the flags that we run with. */
export function nodeProgram({ root = repository, file, args, ...program }: NodeProgram): Program {
  return {
    ...program,
    command: process.execPath,
    args: [...process.execArgv, join(root, file), ...args],
    stopSignal: 'SIGTERM',
  }
}

/** Resolves when the process behind an observability port says that it can serve. */
export async function servesReadiness(observabilityPort: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${String(observabilityPort)}/readyz`, {
    signal: AbortSignal.timeout(2_000),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`/readyz answered ${String(response.status)}: ${text}`)
}
