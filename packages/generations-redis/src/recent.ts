import type { Clock } from '@sluice/kernel/clock'
import { keptMs, maxKeptBytes } from './redis-generations-options.ts'

/**
 * What this process did in the last seconds, to be done again by it when the server comes back without it. Kept in two halves, so that
 * forgetting costs nothing: an item stays for `keptMs` at least, for twice that under load, and longer where nothing follows it; less long only
 * where it would take more than `maxKeptBytes`.
 */
export class Recent<Item> {
  readonly #clock: Clock
  #older: Item[] = []
  #newer: Item[] = []
  #newerBytes = 0
  #turnedAt = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `bytes` that the item keeps in memory, roughly. */
  add(item: Item, bytes: number): void {
    const now = this.#clock.monotonic()
    if (now - this.#turnedAt >= keptMs || this.#newerBytes + bytes > maxKeptBytes / 2) {
      this.#older = this.#newer
      this.#newer = []
      this.#newerBytes = 0
      this.#turnedAt = now
    }
    this.#newer.push(item)
    this.#newerBytes += bytes
  }

  items(): readonly Item[] {
    return [...this.#older, ...this.#newer]
  }
}
