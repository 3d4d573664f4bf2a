import type { Clock, Timer } from '@sluice/kernel/clock'

export interface GateLimits {
  /** Inside at once; null = any number. */
  readonly max: number | null
  /** That may wait for a place, and how long. */
  readonly queueMax: number
  readonly queueTimeoutMs: number
}

/** Who waits is told once: that it is inside, or that it need not wait any longer. */
export interface Waiter {
  admitted(): void
  timedOut(): void
}

interface Waiting {
  readonly waiter: Waiter
  readonly timer: Timer
}

/** Places for calls of one provider or model: a place is held from before a call until its answer has ended. First come, first served. */
export class Gate {
  limits: GateLimits
  readonly #clock: Clock
  readonly #queue: Waiting[] = []
  #inside = 0

  constructor(limits: GateLimits, clock: Clock) {
    this.limits = limits
    this.#clock = clock
  }

  get inside(): number {
    return this.#inside
  }

  get waiting(): number {
    return this.#queue.length
  }

  enter(waiter: Waiter): 'inside' | 'waiting' | 'full' {
    const { max, queueMax, queueTimeoutMs } = this.limits
    if (max === null || this.#inside < max) {
      this.#inside += 1
      return 'inside'
    }
    if (this.#queue.length >= queueMax) return 'full'
    const timer = this.#clock.after(queueTimeoutMs, () => {
      if (this.giveUp(waiter)) waiter.timedOut()
    })
    this.#queue.push({ waiter, timer })
    return 'waiting'
  }

  /** The place goes to who waits the longest. */
  leave(): void {
    const { max } = this.limits
    const next = max === null || this.#inside <= max ? this.#queue.shift() : undefined
    if (next === undefined) {
      this.#inside -= 1
      return
    }
    next.timer.cancel()
    next.waiter.admitted()
  }

  /** False when it did not wait any more. */
  giveUp(waiter: Waiter): boolean {
    const at = this.#queue.findIndex((waiting) => waiting.waiter === waiter)
    if (at < 0) return false
    const [waiting] = this.#queue.splice(at, 1)
    waiting?.timer.cancel()
    return true
  }
}
