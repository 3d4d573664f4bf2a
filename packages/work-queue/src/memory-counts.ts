import type { Clock } from '@sluice/kernel/clock'
import type { Counted } from './work-queue.ts'

interface Window {
  count: number
  /** Monotonic ms. */
  readonly endsAt: number
}

/** Ended windows are looked for whenever there are twice as many as were alive the last time. */
const fewest = 1_000

/** Counts that end with their windows. */
export class MemoryCounts {
  readonly #clock: Clock
  readonly #windows = new Map<string, Window>()
  #pruneAt = fewest

  constructor(clock: Clock) {
    this.#clock = clock
  }

  count(name: string, windowMs: number, by: number): Counted {
    const now = this.#clock.monotonic()
    const known = this.#windows.get(name)
    if (known && known.endsAt > now) {
      known.count += by
      return { count: known.count, endsInMs: known.endsAt - now }
    }
    if (by > 0) {
      this.#windows.set(name, { count: by, endsAt: now + windowMs })
      if (this.#windows.size >= this.#pruneAt) this.#prune(now)
    }
    return { count: by, endsInMs: windowMs }
  }

  #prune(now: number): void {
    for (const [name, { endsAt }] of this.#windows) if (endsAt <= now) this.#windows.delete(name)
    this.#pruneAt = Math.max(fewest, 2 * this.#windows.size)
  }
}
