import { countBills } from '@sluice/contracts/rpc/usage'
import { type AlertFired, alertFired } from '@sluice/contracts/topics/alert-fired'
import type { EventLog } from '@sluice/event-log'
import { toEvent } from '@sluice/event-log/cloud-events'
import { type Clock, sleep } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { LakePeriod } from '@sluice/lake'
import type { LakeReconciliation } from '@sluice/lake/reconcile'
import type { WorkQueue } from '@sluice/work-queue'
import { callRpc } from '@sluice/work-queue/rpc'
import type { LakeMetrics } from './metrics.ts'

type Reconcile = (
  period: LakePeriod,
  countBills: (period: LakePeriod) => Promise<number>,
) => Promise<LakeReconciliation>

export interface ReconciliationParts {
  readonly intervalMs: number
  readonly reconcile: Reconcile
  readonly queue: WorkQueue
  readonly events: Pick<EventLog, 'publish'>
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: LakeMetrics
}

const dayMs = 86_400_000
/** Calls that ended a moment ago may not be billed yet. */
const settledMs = 60_000
/** What is billed while it is counted looks like a difference: one that stays is one. */
const looks = 3
const lookAgainMs = 2_000
const alert = 'lake_difference'

/** Compares the lake with the event log and the ledger, yesterday and today (UTC), tolerance 0: a metric, a log line, and an alert while they differ. */
export class Reconciliation implements AsyncDisposable {
  readonly #parts: ReconciliationParts
  readonly #stopping = new AbortController()
  readonly #timer: Disposable
  #running: Promise<void> | null = null
  /** When a difference was first seen, Unix ms. */
  #since: number | null = null
  #summary = ''

  constructor(parts: ReconciliationParts) {
    this.#parts = parts
    this.#timer = parts.clock.every(parts.intervalMs, () => {
      this.#running ??= this.look()
        .catch((error: unknown) => {
          if (!this.#stopping.signal.aborted)
            parts.logger.warn({ problem: messageOf(error) }, 'the lake could not be compared')
        })
        .finally(() => {
          this.#running = null
        })
    })
  }

  probe(): void {
    if (this.#since !== null) throw new Error(this.#summary)
  }

  async look(): Promise<void> {
    const { clock, logger, metrics } = this.#parts
    const now = clock.now()
    const period = { from: Math.floor(now / dayMs - 1) * dayMs, to: now - settledMs }
    let found = await this.#compare(period)
    for (let look = 1; look < looks && found.differences.length > 0; look += 1) {
      await sleep(clock, lookAgainMs, this.#stopping.signal)
      found = await this.#compare(period)
    }
    const by = found.differences.reduce((sum, each) => sum + Math.abs(each.by), 0)
    metrics.reconciled.inc()
    metrics.difference.set(by)
    if (by > 0) {
      this.#summary = found.differences
        .map(({ kind, table, detail }) => `${table}: ${kind}: ${detail}`)
        .join('; ')
      logger.error({ by, differences: found.differences.slice(0, 20) }, 'the lake differs')
      if (this.#since === null) await this.#tell('firing', (this.#since = now), by)
    } else if (this.#since !== null) {
      logger.info('the lake agrees again')
      await this.#tell('resolved', this.#since, 0)
      this.#since = null
    }
  }

  #compare(period: LakePeriod): Promise<LakeReconciliation> {
    const { reconcile, queue } = this.#parts
    return reconcile(period, async (asked) => {
      return (await callRpc(queue, countBills, asked, { timeoutMs: 30_000 })).bills
    })
  }

  async #tell(state: AlertFired['state'], since: number, difference: number): Promise<void> {
    const { events, clock } = this.#parts
    const now = clock.now()
    const fired: AlertFired = {
      id: `${alert}:${String(since)}`,
      alert,
      state,
      severity: 'critical',
      summary: state === 'firing' ? this.#summary : 'The lake agrees again',
      values: { difference },
      since,
      occurred_at: now,
      schema_version: 1,
    }
    const context = {
      id: `${fired.id}:${state}`,
      source: '/sluice/lake',
      subject: alert,
      time: now,
      tenant: 'default',
    }
    await events.publish(alertFired.name, [toEvent(alertFired, fired, context)])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer[Symbol.dispose]()
    this.#stopping.abort()
    await this.#running
  }
}
