import type { Limit } from '@sluice/contracts/limits'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import {
  type BudgetThresholdReached,
  budgetThresholdReached,
} from '@sluice/contracts/topics/budget-threshold-reached'
import type { NewEvent } from '@sluice/event-log'
import type { Clock } from '@sluice/kernel/clock'
import type { Logger } from '@sluice/kernel/logger'
import { windowOf } from '@sluice/kernel/window-of'
import type { UsageReports } from '@sluice/store/usage-reports'
import type { UsageStore } from '@sluice/store/usage-store'
import type { UsageMetrics } from './metrics.ts'
import { readCounts } from './read-counts.ts'

export interface BudgetContext {
  readonly store: UsageStore
  readonly reports: UsageReports
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: UsageMetrics
}

/** Shares of a budget that are told of, where it does not say others. */
const usualThresholds = [0.5, 0.8, 1]
/** Windows whose last threshold was told: nothing more is to be found out about them. */
const maxDone = 10_000

/**
 * Tells once each time that a share of a budget is used up. By the ledger, after the bills are in it and before they are forgotten elsewhere: a process
 * that dies in between gets them again, and finds the same; the store gives a notice once, to whoever comes first.
 */
export class BudgetWatch {
  readonly #context: BudgetContext
  readonly #done = new Set<string>()

  constructor(context: BudgetContext) {
    this.#context = context
  }

  /** Throws while the database is away, so that the bills come again. */
  async look(records: readonly UsageRecord[]): Promise<void> {
    const touched = this.#touched(records)
    if (touched.size === 0) return
    const { store, clock, logger, metrics } = this.#context
    const notices: BudgetThresholdReached[] = []
    for (const [place, { limit, record, startsAt }] of touched) {
      const used = await this.#usedOf(limit, record)
      const thresholds = (limit.thresholds ?? usualThresholds).filter(
        (threshold) => used >= threshold * limit.max,
      )
      notices.push(
        ...thresholds.map((threshold) =>
          noticeOf(limit, record, { startsAt, threshold, used, at: clock.now() }),
        ),
      )
      if (thresholds.length === (limit.thresholds ?? usualThresholds).length) this.#remember(place)
    }
    const added = await store.notify(notices, budgetThresholdReached.name, toEvent)
    for (const notice of added) {
      metrics.thresholds.inc()
      logger.warn({ budget: notice }, 'a threshold of a budget was reached')
    }
  }

  /** One of the records for each budget and window that they count against. */
  #touched(records: readonly UsageRecord[]) {
    const touched = new Map<string, { limit: Limit; record: UsageRecord; startsAt: number }>()
    for (const record of records) {
      for (const limit of record.budgets ?? []) {
        if (limit.metric !== 'cost' || limit.window === null || limit.max === 0) continue
        const { startsAt } = windowOf(limit.window, record.accepted_at)
        const place = JSON.stringify([record.tenant_id, limit.id, startsAt, limit.max])
        if (!this.#done.has(place)) touched.set(place, { limit, record, startsAt })
      }
    }
    return touched
  }

  async #usedOf(limit: Limit, record: UsageRecord): Promise<number> {
    const caller = {
      tenantId: record.tenant_id,
      projectId: record.project_id,
      keyId: record.key_id,
      userId: record.user_id,
    }
    const used = await readCounts(this.#context.reports, caller, [limit], record.accepted_at)
    return used[limit.id] ?? 0
  }

  #remember(place: string): void {
    if (this.#done.size >= maxDone) this.#done.clear()
    this.#done.add(place)
  }
}

function noticeOf(
  { id, name, scope, window, max }: Limit,
  { tenant_id }: UsageRecord,
  {
    startsAt,
    threshold,
    used,
    at,
  }: { startsAt: number; threshold: number; used: number; at: number },
): BudgetThresholdReached {
  return {
    tenant_id,
    budget_id: id,
    name,
    scope,
    window: window ?? 'total',
    starts_at: startsAt,
    threshold,
    max_nano_usd: max,
    used_nano_usd: used,
    at,
  }
}

function toEvent(notice: BudgetThresholdReached): NewEvent {
  const { tenant_id, budget_id, starts_at, threshold, at } = notice
  return {
    key: budgetThresholdReached.key(notice),
    value: JSON.stringify(notice),
    attributes: {
      id: `${tenant_id}/${budget_id}/${String(starts_at)}/${String(threshold)}`,
      source: '/sluice/usage',
      type: budgetThresholdReached.type,
      subject: budget_id,
      time: new Date(at).toISOString(),
      tenant: tenant_id,
      schemaversion: String(budgetThresholdReached.version),
    },
  }
}
