import type { Cursor, LogEntry } from '@sluice/contracts/generation/log-entry'
import { GatewayError } from '@sluice/kernel/errors'
import { generationErrors } from './errors.ts'
import { maxPullBytes, type Tail } from './generations.ts'
import type { MemoryGeneration } from './memory-generation.ts'

/** A place in a log. It buffers nothing: the log is in this process, and every pull reads it. */
export class MemoryTail implements Tail {
  readonly #after: Cursor | null
  readonly #onClose: (tail: MemoryTail) => void
  #generation: MemoryGeneration | null = null
  /** Set once the log lies in the archive: it is looked up anew for each pull, so that a slow reader holds none of it. */
  #archived: (() => MemoryGeneration | null) | null = null
  #index: number | null = 0
  #missing: 'generation_not_found' | 'cursor_expired' | null = null
  #closed = false
  #waiting: PromiseWithResolvers<readonly LogEntry[] | null> | null = null

  constructor(after: Cursor | null, onClose: (tail: MemoryTail) => void) {
    this.#after = after
    this.#onClose = onClose
  }

  /** There is no such log, which `next` will say. */
  miss(absence: 'unknown' | 'expired'): void {
    this.#missing = absence === 'expired' ? 'cursor_expired' : 'generation_not_found'
  }

  attach(generation: MemoryGeneration): void {
    this.#generation = generation
    this.#index = generation.indexAfter(this.#after)
    generation.tails.push(this)
  }

  attachArchived(generation: MemoryGeneration, find: () => MemoryGeneration | null): void {
    this.#index = generation.indexAfter(this.#after)
    this.#archived = find
  }

  /** There is more to pull than one pull brings. */
  get isFarBehind(): boolean {
    if (this.#generation === null || this.#index === null) return false
    return this.#generation.hasMoreThan(this.#index, maxPullBytes)
  }

  /** The log was archived. */
  goOnInArchive(find: () => MemoryGeneration | null): void {
    this.#detach()
    this.#archived = find
  }

  next(): Promise<readonly LogEntry[] | null> {
    if (this.#closed) return Promise.resolve(null)
    if (this.#missing !== null)
      return Promise.reject(new GatewayError(generationErrors[this.#missing]))
    if (this.#index === null) return Promise.reject(new GatewayError(generationErrors.log_reset))
    if (this.#archived !== null) return this.#nextArchived(this.#archived, this.#index)
    const entries = this.#pull()
    if (entries.length > 0) return Promise.resolve(entries)
    if (this.#generation?.ended) return Promise.resolve(null)
    this.#waiting ??= Promise.withResolvers()
    return this.#waiting.promise
  }

  wake(): void {
    if (this.#waiting === null) return
    const entries = this.#pull()
    if (entries.length > 0) this.#settle(entries)
  }

  #pull(): LogEntry[] {
    if (this.#generation === null || this.#index === null) return []
    const entries = this.#generation.slice(this.#index, maxPullBytes)
    this.#index += entries.length
    return entries
  }

  async #nextArchived(
    find: () => MemoryGeneration | null,
    index: number,
  ): Promise<readonly LogEntry[] | null> {
    const generation = find()
    if (generation === null) throw new GatewayError(generationErrors.cursor_expired)
    const entries = generation.slice(index, maxPullBytes)
    this.#index = index + entries.length
    return entries.length > 0 ? entries : null
  }

  #detach(): void {
    const tails = this.#generation?.tails
    tails?.splice(tails.indexOf(this), 1)
    this.#generation = null
  }

  #settle(entries: readonly LogEntry[] | null): void {
    const waiting = this.#waiting
    this.#waiting = null
    waiting?.resolve(entries)
  }

  [Symbol.dispose](): void {
    if (this.#closed) return
    this.#closed = true
    this.#detach()
    this.#archived = null
    this.#onClose(this)
    this.#settle(null)
  }
}
