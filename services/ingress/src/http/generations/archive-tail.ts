import type { Cursor, LogEntry } from '@sluice/contracts/generation/log-entry'
import { maxPullBytes, type Tail } from '@sluice/generations'
import { generationErrors } from '@sluice/generations/errors'
import { GatewayError } from '@sluice/kernel/errors'
import { compareCursors } from '../stream-cursor.ts'

/** A tail over a log that is over and lies in memory. Answers a cursor as the hot log does. */
export class ArchiveTail implements Tail {
  readonly #entries: readonly LogEntry[]
  #index: number

  constructor(entries: readonly LogEntry[], after: Cursor | null) {
    this.#entries = entries
    this.#index = after === null ? 0 : indexAfter(entries, after)
  }

  next(): Promise<readonly LogEntry[] | null> {
    const begin = this.#index
    if (begin >= this.#entries.length) return Promise.resolve(null)
    let bytes = 0
    while (this.#index < this.#entries.length) {
      bytes += this.#entries[this.#index]?.data.length ?? 0
      if (this.#index > begin && bytes > maxPullBytes) break
      this.#index += 1
    }
    return Promise.resolve(this.#entries.slice(begin, this.#index))
  }

  [Symbol.dispose](): void {
    this.#index = this.#entries.length
  }
}

/** `<epoch>-0` is the place before the first entry of an epoch. */
function indexAfter(entries: readonly LogEntry[], after: Cursor): number {
  const next = entries.findIndex((entry) => compareCursors(entry, after) > 0)
  const index = next === -1 ? entries.length : next
  const anchor = after.seq === 0 ? entries[index] : entries[index - 1]
  const isKnown = anchor?.epoch === after.epoch && (after.seq === 0 || anchor.seq === after.seq)
  if (!isKnown) throw new GatewayError(generationErrors.log_reset)
  return index
}
