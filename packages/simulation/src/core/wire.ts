import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import type { History } from './history.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import type { FaultMix } from './settings.ts'
import type { SimProcess } from './sim-process.ts'

/** What stands behind the ports: each can be away on its own. */
export type BackEnd = 'generations' | 'queue' | 'events' | 'database'

/** The way between processes and back ends: every call and every delivery takes time here, and may come to grief. */
export class Wire {
  readonly scheduler: Scheduler
  readonly history: History
  readonly faults: FaultMix
  readonly random: Random
  /** Faults happen: off while the cluster starts and after it healed. */
  troubled = false
  readonly #awayUntil = new Map<BackEnd, number>()
  readonly #awayMs = new Map<BackEnd, number[]>()

  constructor(scheduler: Scheduler, history: History, faults: FaultMix, random: Random) {
    this.scheduler = scheduler
    this.history = history
    this.faults = faults
    this.random = random
  }

  takeAway(backEnd: BackEnd, forMs: number): void {
    this.history.add('world', `${backEnd} is away for ${String(forMs)} ms`)
    this.#awayUntil.set(backEnd, this.scheduler.now + forMs)
    this.#awayMs.set(backEnd, [...this.outagesMs(backEnd), forMs])
  }

  /** How long each of its outages was. */
  outagesMs(backEnd: BackEnd): readonly number[] {
    return this.#awayMs.get(backEnd) ?? []
  }

  isAway(backEnd: BackEnd): boolean {
    return (this.#awayUntil.get(backEnd) ?? 0) > this.scheduler.now
  }

  /** Since when the back end answers again; for ever when it never was away. */
  backForMs(backEnd: BackEnd): number {
    return this.scheduler.now - (this.#awayUntil.get(backEnd) ?? -Infinity)
  }

  latency(): number {
    const { latencyMs, slowMessage } = this.faults
    const usual = this.random.between(0, 2 * latencyMs)
    return this.strikes(slowMessage) ? usual * 100 : usual
  }

  strikes(probability: number): boolean {
    return this.troubled && probability > 0 && this.random.chance(probability)
  }

  /**
   * One call from a process to a back end. It can be lost on the way in (nothing happened) or on the way out (it happened); the caller sees the
   * same error. The process can die right before the call or while it is on its way.
   */
  call<Reply>(
    process: SimProcess,
    backEnd: BackEnd,
    label: string,
    effect: () => Promise<Reply>,
  ): Promise<Reply> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>()
    if (process.dead) return promise
    if (this.strikes(this.faults.crashAtCall / 2)) {
      process.die(`before ${label}`)
      return promise
    }
    this.history.add(process.name, label)
    const answer = (settle: () => void, what: string) => {
      if (this.strikes(this.faults.lostReply)) {
        this.history.add(process.name, `${label}: reply lost`)
        settle = () => {
          reject(away(backEnd))
        }
      }
      this.scheduler.after(this.latency(), () => {
        process.enter(() => {
          this.history.add(process.name, `${label}: ${what}`)
          settle()
        })
      })
    }
    const fail = (error: unknown) => {
      answer(() => {
        reject(error as Error)
      }, 'failed')
    }
    this.scheduler.after(this.latency(), () => {
      if (this.isAway(backEnd) || this.strikes(this.faults.lostRequest)) {
        fail(away(backEnd))
        return
      }
      effect().then((reply) => {
        answer(() => {
          resolve(reply)
        }, 'ok')
      }, fail)
      if (this.strikes(this.faults.crashAtCall / 2)) process.die(`after ${label}`)
    })
    return promise
  }

  /**
   * A message from a back end to a process, and the word that it was worked on. When the process dies, nobody hears of it again; with
   * `failsWithProcess` the back end notices, as one does whose connection breaks.
   */
  deliver<Result>(
    process: SimProcess,
    label: string,
    work: () => Promise<Result>,
    { failsWithProcess }: { readonly failsWithProcess: boolean },
  ): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    const death = failsWithProcess
      ? process.onDeath(() => {
          reject(new Error(`${process.name} died`))
        })
      : null
    const settled = (settle: () => void) => {
      if (process.dead) return
      this.scheduler.after(this.latency(), () => {
        death?.cancel()
        settle()
      })
    }
    if (process.dead) {
      if (failsWithProcess) reject(new Error(`${process.name} died`))
      return promise
    }
    this.scheduler.after(this.latency(), () => {
      process.enter(() => {
        this.history.add(process.name, `gets ${label}`)
        work().then(
          (result) => {
            settled(() => {
              resolve(result)
            })
          },
          (error: unknown) => {
            settled(() => {
              reject(error as Error)
            })
          },
        )
      })
    })
    return promise
  }
}

export function away(backEnd: BackEnd): GatewayError {
  return new GatewayError(kernelErrors.dependency_unavailable, `${backEnd} does not answer`)
}
