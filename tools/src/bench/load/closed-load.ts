import { setTimeout as delay } from 'node:timers/promises'
import { Lane, Tally } from './lane.ts'
import type { ClosedJob } from './protocol.ts'

/** A phase that is not over by then has hung: its connections are destroyed and count as failures. */
const graceMs = 30_000
/** A set-up that refuses everything is not asked again at full speed. */
const pauseAfterFailureMs = 20

export interface Load extends Disposable {
  readonly tally: Tally
  warmUp(): Promise<void>
  /** Resolves with the seconds it took, when nothing is in flight any more. */
  measure(): Promise<number>
}

export function createClosedLoad(job: ClosedJob): Load {
  const tally = new Tally()
  const options = {
    endpoint: job.endpoint,
    tokens: job.tokens,
    intervalMs: job.intervalMs,
    bytes: job.promptBytes,
  }
  const lanes = Array.from({ length: job.connections }, () => new Lane(options, tally))

  const phase = async (ms: number, maxRequests: number): Promise<number> => {
    const startedAt = performance.now()
    const endsAt = startedAt + ms
    const watchdog = setTimeout(() => {
      for (const lane of lanes) lane.connection.destroy('no answer')
    }, ms + graceMs)
    let started = 0
    await Promise.all(
      lanes.map(
        (lane) =>
          new Promise<void>((resolve) => {
            const next = () => {
              if (started >= maxRequests || performance.now() >= endsAt) {
                resolve()
                return
              }
              started += 1
              lane.exchange((ok) => {
                if (ok) next()
                else void delay(pauseAfterFailureMs).then(next)
              })
            }
            next()
          }),
      ),
    )
    clearTimeout(watchdog)
    return (performance.now() - startedAt) / 1_000
  }
  return {
    tally,
    async warmUp() {
      await phase(job.warmUpMs, Infinity)
    },
    measure: () => phase(job.measureMs, job.maxRequests),
    [Symbol.dispose]() {
      for (const lane of lanes) lane.connection.destroy('job over')
    },
  }
}
