import { setTimeout as sleep } from 'node:timers/promises'
import { clusterNow, type RunningProcess } from '../cluster-now.ts'
import type { History } from '../history.ts'

export interface RollingOptions {
  readonly clusterJson: string
  readonly history: History
  readonly rounds: number
  readonly signal: AbortSignal
  readonly say: (line: string) => void
}

/** More than the longest open answer of the load takes. */
const restartTimeoutMs = 120_000

/** Ends every process of every service in turn in good order; the next one's turn comes when its successor is ready. */
export async function restartInTurn({
  clusterJson,
  history,
  rounds,
  signal,
  say,
}: RollingOptions): Promise<void> {
  for (let round = 1; round <= rounds && !signal.aborted; round += 1) {
    const services = clusterNow(clusterJson).processes.filter(
      ({ observability }) => observability !== null,
    )
    for (const target of services) {
      if (signal.aborted) return
      const detail = `${String(target.replica)} pid ${String(target.pid)}`
      history.write({
        event: 'fault',
        round,
        hurried: true,
        what: 'stop',
        target: target.service,
        detail,
      })
      process.kill(target.pid, 'SIGTERM')
      await successor(clusterJson, target, signal)
    }
    say(`round ${String(round)} of ${String(rounds)}`)
  }
}

/** Resolves when the process that took over from `old` can serve. */
export async function successor(
  clusterJson: string,
  old: RunningProcess,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + restartTimeoutMs
  for (;;) {
    const now = clusterNow(clusterJson).processes.find(
      ({ service, replica }) => service === old.service && replica === old.replica,
    )
    if (now && now.pid !== old.pid && (await isReady(now))) return
    if (performance.now() > deadline)
      throw new Error(
        `${old.service} ${String(old.replica)} was not replaced in ${String(restartTimeoutMs)} ms`,
      )
    await sleep(100, null, { signal })
  }
}

async function isReady({ observability }: RunningProcess): Promise<boolean> {
  try {
    const response = await fetch(`${observability ?? ''}/readyz`, {
      signal: AbortSignal.timeout(1_000),
    })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}
