import type { EventLog } from '@sluice/event-log'
import type { Clock, Timer } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import { eraseFromLog } from '@sluice/lake/erase-from-log'
import { holdFolder } from '@sluice/lake/hold-folder'
import { InTurn } from '@sluice/lake/in-turn'
import type { LakePeriod, LakeSubject } from '@sluice/lake'
import { LakeThread } from '@sluice/lake/lake-thread'
import type { LakeReconciliation } from '@sluice/lake/reconcile'
import type { LakeConfig } from './config.ts'
import type { LakeMetrics } from './metrics.ts'

export interface LocalLakeParts {
  readonly config: LakeConfig & { readonly folder: string }
  readonly events: EventLog
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: LakeMetrics
}

/** A failure that lasts is told once in so long. */
const tellEveryMs = 60_000

/**
 * The lake in a folder, held and written by this process: by the clock, one thing at a time. A folder that cannot be written (a full disk, no
 * right, another owner) keeps nobody from being served: the event log keeps what comes, and writing goes on when it can.
 */
export class LocalLake implements AsyncDisposable {
  readonly #parts: LocalLakeParts
  readonly #lake: LakeThread
  readonly #turn = new InTurn()
  readonly #timers: readonly Timer[]
  #lock: Disposable | null = null
  #isWriting = false
  #failingSince: number | null = null
  #toldAt = -Infinity
  #problem = ''

  constructor(parts: LocalLakeParts) {
    const { config, events, clock, metrics } = parts
    this.#parts = parts
    this.#lake = new LakeThread({
      ...config,
      events,
      clock,
      onWritten(table, { rows, quarantined, duplicates, oldest }) {
        metrics.commits.inc({ table })
        metrics.rows.inc({ table }, rows)
        metrics.quarantined.inc({ table }, quarantined)
        metrics.duplicates.inc({ table }, duplicates)
        if (oldest !== null) metrics.delay.observe(Math.max(0, clock.now() - oldest) / 1_000)
      },
    })
    this.#timers = [
      clock.every(config.commitIntervalMs, () => {
        this.#tick()
      }),
      clock.every(config.maintenanceIntervalMs, () => {
        void this.#attempt(() => this.#maintain())
      }),
    ]
    this.#tick()
  }

  #tick(): void {
    if (this.#isWriting) return
    this.#isWriting = true
    void this.#attempt(() => this.write()).finally(() => {
      this.#isWriting = false
    })
  }

  /** Seconds since it last went well; 0 while it does. */
  get behindSeconds(): number {
    const since = this.#failingSince
    return since === null ? 0 : (this.#parts.clock.now() - since) / 1_000
  }

  /** Throws with what is wrong. */
  probe(): void {
    if (this.#failingSince !== null) throw new Error(this.#problem)
  }

  write(): Promise<void> {
    return this.#alone(() => this.#lake.write())
  }

  /** What has come so far is written first, so that it is erased as well. */
  erase(subject: LakeSubject) {
    return this.#alone(async () => {
      await this.#lake.write()
      await eraseFromLog(this.#parts.events, subject)
      return this.#lake.erase(subject)
    })
  }

  reconcile(
    period: LakePeriod,
    countBills: (period: LakePeriod) => Promise<number>,
  ): Promise<LakeReconciliation> {
    return this.#alone(async () => {
      // Bills first: whatever was billed by then is in the log by then, and in the lake after the next line.
      const bills = await countBills(period)
      await this.#lake.write()
      return this.#lake.reconcile(period, bills)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) timer.cancel()
    await this.#attempt(() => this.write())
    await this.#turn.run(async () => {
      await this.#lake[Symbol.asyncDispose]()
      this.#lock?.[Symbol.dispose]()
      this.#lock = null
    })
  }

  #maintain(): Promise<void> {
    return this.#alone(async () => {
      for (const { table, ...figures } of await this.#lake.maintain()) {
        const isWork = figures.filesAfter < figures.filesBefore || figures.rowsRemoved > 0
        if (isWork)
          this.#parts.logger.info({ table, ...figures }, 'a table of the lake was maintained')
      }
    })
  }

  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#turn.run(async () => {
      this.#hold()
      return work()
    })
  }

  /** The folder has one writer. Taken when it is first needed, so that a start waits for nothing. */
  #hold(): void {
    this.#lock ??= holdFolder(this.#parts.config.folder)
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    const { clock, logger, metrics } = this.#parts
    try {
      await work()
      if (this.#failingSince !== null) logger.info('the lake is written again')
      this.#failingSince = null
      this.#toldAt = -Infinity
    } catch (error) {
      metrics.failures.inc()
      this.#failingSince ??= clock.now()
      this.#problem = messageOf(error)
      if (clock.now() - this.#toldAt < tellEveryMs) return
      this.#toldAt = clock.now()
      const since = new Date(this.#failingSince).toISOString()
      logger.warn(
        { problem: this.#problem, since },
        'the lake cannot be written; its facts wait in the event log',
      )
    }
  }
}
