import { setTimeout as sleep } from 'node:timers/promises'
import { isRunning, type ProcessIdentity } from './process-identity.ts'

/** Sends `signal`, and SIGKILL when the process is still there after `timeoutMs`. Resolves when it is gone. */
export async function stopProcess(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  timeoutMs: number,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  send(identity, signal)
  while (isRunning(identity)) {
    if (performance.now() > deadline) send(identity, 'SIGKILL')
    await sleep(50)
  }
}

function send(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isRunning(identity)) return
  try {
    process.kill(identity.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
