import type { Cursor, LogEntry } from '@sluice/contracts/generation/log-entry'
import type { RequestId } from '@sluice/contracts/ids'
import { maxPullBytes, type Tail } from '@sluice/generations'
import { generationErrors } from '@sluice/generations/errors'
import { sleep, type Clock } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import { isUnavailable } from './errors.ts'
import { tailRetryMs } from './redis-generations-options.ts'
import type { ReadItem, ReadReply } from './shard-values.ts'
import type { RawEntry } from './stored-values.ts'
import { toLogEntry } from './views.ts'

const retryPauseMs = 250

export interface TailContext {
  readonly clock: Clock
  readonly read: (item: ReadItem) => Promise<ReadReply>
  /** Of a log that is not there. */
  readonly absence: () => 'unknown' | 'expired'
  /** How long a log that went back is waited for, ms: its writer may be about to write again what the server lost. */
  readonly leaseMs: number
  /** The server was started not long ago. */
  readonly isSettling: () => boolean
  readonly onClose: (tail: RedisTail) => void
}

/**
 * A place in a log that moves on by pushed entries as long as each follows the one before, and by reading the log whenever it is
 * `behind`: at first, after a gap, after its buffer was full, after silence.
 */
export class RedisTail implements Tail {
  readonly id: RequestId
  readonly #context: TailContext
  readonly #fresh: boolean
  readonly #openedAt: number
  #heardAt: number
  /** Of the last entry that was buffered. */
  #position: Cursor | null
  #buffer: LogEntry[] = []
  #bufferedBytes = 0
  #behind: boolean
  #reading = false
  /** The log was there. */
  #seen = false
  #goneSince: number | null = null
  #ended = false
  #closed = false
  #failure: unknown = null
  #waiting: PromiseWithResolvers<readonly LogEntry[] | null> | null = null

  constructor(
    id: RequestId,
    { after, fresh }: { readonly after: Cursor | null; readonly fresh: boolean },
    context: TailContext,
  ) {
    this.id = id
    this.#context = context
    this.#fresh = fresh
    this.#position = after
    this.#behind = !fresh
    this.#openedAt = context.clock.monotonic()
    this.#heardAt = this.#openedAt
  }

  next(): Promise<readonly LogEntry[] | null> {
    if (this.#closed) return Promise.resolve(null)
    if (this.#buffer.length > 0) return Promise.resolve(this.#takeBuffer())
    if (this.#ended) return Promise.resolve(null)
    this.#waiting ??= Promise.withResolvers()
    const { promise } = this.#waiting
    if (this.#failure !== null) this.#settle()
    else if (this.#behind) this.#startReading()
    return promise
  }

  /** A pushed entry; `previous` is the cursor of the entry before it in the log. */
  push(entry: RawEntry, previous: Cursor | null): void {
    this.#heardAt = this.#context.clock.monotonic()
    if (this.#closed || this.#ended || isUpTo(entry, this.#position)) return
    const isNext = !this.#behind && !this.#reading && isSame(previous, this.#position)
    if (isNext && this.#hasRoomFor(entry)) {
      this.#accept(entry)
      this.#settle()
    } else this.fallBehind()
  }

  /** Pushes may have been missed: the log is asked before anything else is handed over. */
  fallBehind(): void {
    this.#behind = true
    if (this.#waiting !== null) this.#startReading()
  }

  /** Reads the log when nothing was heard for `silenceMs`. */
  checkSilence(silenceMs: number): void {
    if (this.#waiting === null || this.#reading) return
    if (this.#context.clock.monotonic() - this.#heardAt >= silenceMs) this.fallBehind()
  }

  [Symbol.dispose](): void {
    if (this.#closed) return
    this.#closed = true
    this.#buffer = []
    this.#context.onClose(this)
    this.#settle()
  }

  #startReading(): void {
    if (this.#reading) return
    this.#reading = true
    void this.#read()
  }

  async #read(): Promise<void> {
    const giveUpAt = this.#context.clock.monotonic() + tailRetryMs
    while (this.#behind && this.#waiting !== null && this.#failure === null) {
      // Entries pushed during the read set it again, and are read next.
      this.#behind = false
      try {
        const item = { id: this.id, after: this.#position, maxBytes: maxPullBytes, watch: true }
        const reply = await this.#context.read(item)
        if (this.#isGone(reply)) await this.#awaitReturn()
        else this.#apply(reply)
      } catch (error) {
        this.#behind = true
        if (!isUnavailable(error) || this.#context.clock.monotonic() >= giveUpAt) this.#fail(error)
        else await sleep(this.#context.clock, retryPauseMs)
      }
    }
    this.#reading = false
  }

  /** The log lacks what was there: a restarted server may have lost it, for a time or for ever. */
  #isGone({ verdict }: ReadReply): boolean {
    const now = this.#context.clock.monotonic()
    const isGone = verdict === 'r' || (verdict === 'u' && this.#seen)
    if (!isGone) {
      this.#goneSince = null
      return false
    }
    if (!this.#seen && !this.#context.isSettling()) return false
    this.#goneSince ??= now
    return now - this.#goneSince < this.#context.leaseMs
  }

  async #awaitReturn(): Promise<void> {
    this.#behind = true
    await sleep(this.#context.clock, retryPauseMs)
  }

  #apply({ verdict, ended, more, entries }: ReadReply): void {
    this.#heardAt = this.#context.clock.monotonic()
    if (verdict === 'u') {
      // The caller is still about to admit it.
      const awaited = this.#fresh && this.#position === null
      if (awaited && this.#heardAt - this.#openedAt < tailRetryMs) return
      if (this.#fresh || this.#seen) throw new GatewayError(generationErrors.log_reset)
      const isExpired = this.#context.absence() === 'expired'
      throw new GatewayError(
        generationErrors[isExpired ? 'cursor_expired' : 'generation_not_found'],
      )
    }
    if (verdict === 'r') throw new GatewayError(generationErrors.log_reset)
    this.#seen = true
    for (const entry of entries) this.#accept(entry)
    if (more) this.#behind = true
    if (ended && !more) this.#ended = true
    this.#settle()
  }

  #hasRoomFor({ data }: RawEntry): boolean {
    return this.#buffer.length === 0 || this.#bufferedBytes + data.length <= maxPullBytes
  }

  #accept(raw: RawEntry): void {
    const entry = toLogEntry(raw)
    this.#seen = true
    this.#position = { epoch: entry.epoch, seq: entry.seq }
    this.#bufferedBytes += entry.data.length
    this.#buffer.push(entry)
    if (entry.end !== null) this.#ended = true
  }

  #takeBuffer(): readonly LogEntry[] {
    const entries = this.#buffer
    this.#buffer = []
    this.#bufferedBytes = 0
    return entries
  }

  #fail(error: unknown): void {
    this.#failure = error
    this.#settle()
  }

  /** Answers a pending pull if there is something to say. */
  #settle(): void {
    const waiting = this.#waiting
    if (waiting === null) return
    const failure = this.#failure
    if (this.#closed) waiting.resolve(null)
    else if (this.#buffer.length > 0) waiting.resolve(this.#takeBuffer())
    else if (this.#ended) waiting.resolve(null)
    else if (failure !== null) {
      // The next pull tries again: the back end may have come back.
      this.#failure = null
      waiting.reject(failure)
    } else return
    this.#waiting = null
  }
}

function isSame(one: Cursor | null, other: Cursor | null): boolean {
  return one?.epoch === other?.epoch && one?.seq === other?.seq
}

function isUpTo(entry: RawEntry, position: Cursor | null): boolean {
  if (position === null) return false
  return (
    entry.epoch < position.epoch || (entry.epoch === position.epoch && entry.seq <= position.seq)
  )
}
