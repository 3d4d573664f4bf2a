import type { Clock } from '@sluice/kernel/clock'
import { keptMs } from './redis-generations-options.ts'

/**
 * What this process did in the last seconds, to be done again by it when the server comes back without it. Kept in two halves, so that
 * forgetting costs nothing: an item stays for `keptMs` at least, for twice that under load, and longer where nothing follows it.
 */
export class Recent<Item> {
  readonly #clock: Clock
  #older: Item[] = []
  #newer: Item[] = []
  #turnedAt = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(item: Item): void {
    const now = this.#clock.monotonic()
    if (now - this.#turnedAt >= keptMs) {
      this.#older = this.#newer
      this.#newer = []
      this.#turnedAt = now
    }
    this.#newer.push(item)
  }

  items(): readonly Item[] {
    return [...this.#older, ...this.#newer]
  }
}
