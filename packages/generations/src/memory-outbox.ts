import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { Clock, Timer } from '@sluice/kernel/clock'
import { copyEntry, copyUsage } from './copies.ts'
import { Fifo } from './fifo.ts'
import type { BatchOptions, Taking, UsageHandler } from './generations.ts'

/** How long a batch rests after its handler threw, ms. */
const retryPauseMs = 1_000

/** Of logs that go along, all together: records may wait for a database for hours. */
const maxLogBytes = 16 * 1024 * 1024

interface Waiting {
  readonly record: UsageRecord
  /** Null: it is read from the archive, if anybody wants it. */
  readonly log: readonly LogEntry[] | null
}

/** Usage records on their way out. */
export class MemoryOutbox {
  readonly #waiting = new Fifo<Waiting>()
  readonly #logs = { bytes: 0 }
  readonly #takers = new Set<OutboxTaker>()
  readonly #clock: Clock
  readonly #onError: (error: unknown) => void

  constructor(clock: Clock, onError: (error: unknown) => void) {
    this.#clock = clock
    this.#onError = onError
  }

  /** Records that no handler has confirmed. */
  get depth(): number {
    let held = 0
    for (const taker of this.#takers) held += taker.held
    return this.#waiting.length + held
  }

  /** What was said in a call that keeps nothing of its conversation nobody will ask for. */
  push(record: UsageRecord, log: readonly LogEntry[]): void {
    const bytes = record.asked === undefined ? Infinity : bytesOf(log)
    const isTaken = this.#logs.bytes + bytes <= maxLogBytes
    if (isTaken) this.#logs.bytes += bytes
    this.#waiting.push({ record, log: isTaken ? log : null })
    for (const taker of this.#takers) taker.offer()
  }

  take(handler: UsageHandler, options: BatchOptions): Taking {
    const taker = new OutboxTaker(
      this.#waiting,
      async (batch) => {
        const logs = batch.flatMap(({ record, log }) =>
          log ? [[record.request_id, log.map(copyEntry)] as const] : [],
        )
        await handler(
          batch.map(({ record }) => copyUsage(record)),
          new Map(logs),
        )
        for (const { log } of batch) if (log) this.#logs.bytes -= bytesOf(log)
      },
      options,
      this.#clock,
      this.#onError,
    )
    this.#takers.add(taker)
    taker.offer()
    return {
      [Symbol.asyncDispose]: async () => {
        await taker.drain()
        this.#takers.delete(taker)
        // What it could not hand over is for the others.
        for (const other of this.#takers) other.offer()
      },
    }
  }
}

function bytesOf(log: readonly LogEntry[]): number {
  let bytes = 0
  for (const { data } of log) bytes += data.length
  return bytes
}

class OutboxTaker {
  readonly #waiting: Fifo<Waiting>
  readonly #handler: (batch: readonly Waiting[]) => Promise<void>
  readonly #options: BatchOptions
  readonly #clock: Clock
  readonly #onError: (error: unknown) => void
  #timer: Timer | null = null
  #running: Promise<void> | null = null
  #batch: Waiting[] = []
  #failing = false
  #draining = false

  constructor(
    waiting: Fifo<Waiting>,
    handler: (batch: readonly Waiting[]) => Promise<void>,
    options: BatchOptions,
    clock: Clock,
    onError: (error: unknown) => void,
  ) {
    this.#waiting = waiting
    this.#handler = handler
    this.#options = options
    this.#clock = clock
    this.#onError = onError
  }

  get held(): number {
    return this.#batch.length
  }

  /** Called whenever records came or a batch ended: runs a full batch now, a partial one when its time is up. */
  offer(): void {
    if (this.#running !== null || this.#draining || this.#failing) return
    if (this.#waiting.length >= this.#options.maxRecords) this.#start()
    else if (this.#waiting.length > 0)
      this.#timer ??= this.#clock.after(this.#options.maxWaitMs, () => {
        this.#start()
      })
  }

  /** Hands over what is there, up to the first failure; that batch goes back to the others. */
  async drain(): Promise<void> {
    this.#draining = true
    this.#cancelTimer()
    await this.#running
    this.#failing = false
    while (!this.#failing && (this.#batch.length > 0 || this.#waiting.length > 0)) await this.#run()
    this.#waiting.restore(this.#batch)
    this.#batch = []
  }

  #start(): void {
    this.#cancelTimer()
    this.#failing = false
    this.#running = this.#run().then(() => {
      this.#running = null
      if (this.#failing && !this.#draining)
        this.#timer = this.#clock.after(retryPauseMs, () => {
          this.#start()
        })
      else this.offer()
    })
  }

  async #run(): Promise<void> {
    if (this.#batch.length === 0) this.#batch = this.#waiting.take(this.#options.maxRecords)
    if (this.#batch.length === 0) return
    try {
      await this.#handler(this.#batch)
      this.#batch = []
    } catch (error) {
      this.#failing = true
      this.#onError(error)
    }
  }

  #cancelTimer(): void {
    this.#timer?.cancel()
    this.#timer = null
  }
}
