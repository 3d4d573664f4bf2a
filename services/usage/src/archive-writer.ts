import type { RequestId } from '@sluice/contracts/ids'
import type { Generations } from '@sluice/generations'
import { type Clock, sleep } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { ArchiveStore, StoredGeneration } from '@sluice/store/archive-store'
import { maxLogBytes } from './answers.ts'
import { encodeGeneration } from './archived-generation.ts'
import { type EndedLog, readEndedLog } from './ended-log.ts'
import type { UsageMetrics } from './metrics.ts'

export interface ArchiveContext {
  readonly generations: Generations
  readonly archive: ArchiveStore
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: UsageMetrics
}

/** Ids that wait in memory; what does not fit is found again in the ledger. */
const maxWaiting = 100_000
/** Archived together, when there are so many: one row and one compression for all of them. */
const batch = 128
/** And how much of them: to give one back, all are decompressed. */
const maxBatchBytes = 1024 * 1024
/** How long a generation waits for others, ms. */
const gatherMs = 500
/** Logs read at once: with `maxLogBytes` it bounds memory. */
const readsAtOnce = 16
/** Of logs that were read before; what is more is read again. */
const maxHeldBytes = 32 * 1024 * 1024
const maxBackoffMs = 5_000
/** A request may run for its 15 minutes and lie hot for 15 more: older ledger rows have no log to read. */
const lookBackMs = 30 * 60_000
const page = 1_000

/**
 * Copies ended generations from their hot logs into the archive, behind the ledger and never in its way: a generation that waits here is
 * billed already. What a crash or an overflow leaves out is found by comparing the ledger with the archive: at the start, and after an
 * overflow.
 */
export class ArchiveWriter implements AsyncDisposable {
  readonly #context: ArchiveContext
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #waiting: RequestId[] = []
  /** Of those that wait, as far as somebody has read them. */
  readonly #logs = new Map<RequestId, EndedLog>()
  #heldBytes = 0
  #wake: () => void = () => undefined
  /** Where the comparison with the ledger goes on; null = nothing is known to be missing. */
  #comparedTo: string | null

  constructor(context: ArchiveContext) {
    this.#context = context
    this.#comparedTo = this.#firstToCompare()
    this.#running = this.#run()
  }

  /** Generations whose terminal entry and bill are written; `logs`, those that were read already. A longer log than may be read is not archived. */
  add(ids: readonly RequestId[], logs: ReadonlyMap<RequestId, EndedLog>): void {
    if (this.#waiting.length + ids.length > maxWaiting) {
      this.#comparedTo ??= this.#firstToCompare()
      return
    }
    this.#waiting.push(...ids)
    for (const [id, log] of logs) this.#hold(id, log)
    this.#wake()
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    let failures = 0
    while (!signal.aborted || this.#waiting.length > 0) {
      try {
        if (await this.#round()) continue
        if (signal.aborted) return
        failures = 0
        await this.#pause()
      } catch (error) {
        const { clock, logger, metrics } = this.#context
        metrics.archiveFailures.inc()
        if (failures === 0) logger.warn({ problem: messageOf(error) }, 'the archive waits')
        failures += 1
        // What was not archived before the end is compared with the ledger by the next start.
        if (signal.aborted) return
        const backoff = Math.min(maxBackoffMs, 100 * 2 ** Math.min(failures, 10))
        await sleep(clock, backoff, signal).catch(() => undefined)
      }
    }
  }

  /** False = nothing was there to do. Throws when a store is away: what it had taken waits again. */
  async #round(): Promise<boolean> {
    if (this.#waiting.length > 0) {
      const ids = this.#waiting.splice(0, batch)
      try {
        await this.#archive(ids)
        this.#letGo(ids)
      } catch (error) {
        this.#waiting.unshift(...ids)
        throw error
      }
      return true
    }
    if (this.#comparedTo === null || this.#stop.signal.aborted) return false
    const missing = await this.#context.archive.missing(this.#comparedTo, page)
    this.#comparedTo = missing.at(-1) ?? null
    this.#waiting.push(...missing)
    return missing.length > 0
  }

  async #archive(ids: readonly RequestId[]): Promise<void> {
    const { archive, clock, metrics } = this.#context
    let together: StoredGeneration[] = []
    for (let at = 0; at < ids.length; at += readsAtOnce) {
      const found = await Promise.all(ids.slice(at, at + readsAtOnce).map((id) => this.#read(id)))
      together.push(...found.filter((each) => each !== null))
      const bytes = together.reduce((sum, { content }) => sum + content.length, 0)
      if (bytes < maxBatchBytes && at + readsAtOnce < ids.length) continue
      await archive.put(clock.now(), together)
      metrics.archived.inc(together.length)
      together = []
    }
  }

  /** Null = the log is gone (its time is over, or Redis lost it), or has no end: a lost one that was billed by a report. */
  async #read(id: RequestId): Promise<StoredGeneration | null> {
    const { generations, metrics } = this.#context
    const summary = await generations.describe(id)
    if (!summary?.terminal) return null
    const log = this.#logs.get(id) ?? (await readEndedLog(generations, id, maxLogBytes))
    if (log === null) return null
    if (log.isCut || log.bytes > maxLogBytes) {
      metrics.archiveRefused.inc()
      return null
    }
    return { id, content: encodeGeneration(summary, log.entries) }
  }

  #hold(id: RequestId, log: EndedLog): void {
    if (this.#heldBytes + log.bytes > maxHeldBytes) return
    this.#heldBytes += log.bytes
    this.#logs.set(id, log)
  }

  #letGo(ids: readonly RequestId[]): void {
    for (const id of ids) {
      this.#heldBytes -= this.#logs.get(id)?.bytes ?? 0
      this.#logs.delete(id)
    }
  }

  #firstToCompare(): string {
    return firstIdAt(this.#context.clock.now() - lookBackMs)
  }

  async #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    // The wake-up may have come between the last round and here.
    if (this.#waiting.length > 0 || this.#comparedTo !== null || this.#stop.signal.aborted)
      resolve()
    await promise
    const { clock } = this.#context
    if (this.#waiting.length < batch)
      await sleep(clock, gatherMs, this.#stop.signal).catch(() => undefined)
  }

  /** Archives what waits, unless a store is away. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.#wake()
    await this.#running
  }
}

/** The smallest UUIDv7 of that millisecond. */
function firstIdAt(ms: number): string {
  const time = Math.max(0, ms).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`
}
