import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '@sluice/kernel/errors'
import type { Program } from './program.ts'

/** Resolves when the program serves; rejects when `child` ended before that, or with the probe's last error at the deadline. */
export async function waitUntilReady(
  program: Program,
  child: ChildProcess,
  timeoutMs: number,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  let spawnError: Error | undefined
  child.once('error', (error) => {
    spawnError = error
  })
  for (;;) {
    if (spawnError) throw failure(program, spawnError.message)
    if (child.exitCode !== null || child.signalCode !== null)
      throw failure(program, `ended with ${String(child.exitCode ?? child.signalCode)}`)
    try {
      await program.ready()
      return
    } catch (error) {
      if (performance.now() > deadline)
        throw failure(program, `not ready in ${String(timeoutMs)} ms: ${messageOf(error)}`)
    }
    await sleep(50)
  }
}

function failure(program: Program, what: string): Error {
  return new Error(`${program.name} ${what}\n${lastLines(program.logFile)}\n(${program.logFile})`)
}

function lastLines(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15).join('\n')
  } catch {
    return '(no log)'
  }
}
