import { identify } from './process-identity.ts'
import { type Program, startProgram } from './program.ts'
import { stopProcess } from './stop-process.ts'
import { waitUntilReady } from './wait-until-ready.ts'

const startTimeoutMs = 60_000
const stopTimeoutMs = 30_000

/** Starts a program and resolves when it serves; disposing ends it in good order. */
export async function runProgram(program: Program): Promise<AsyncDisposable> {
  const child = startProgram(program)
  const identity = child.pid === undefined ? null : identify(child.pid)
  const stop = async () => {
    if (identity) await stopProcess(identity, program.stopSignal, stopTimeoutMs)
  }
  try {
    await waitUntilReady(program, child, startTimeoutMs)
  } catch (error) {
    await stop()
    throw error
  }
  return { [Symbol.asyncDispose]: stop }
}
