import type { ProviderCallRecord } from '@sluice/contracts/generation/provider-call-record'
import type { Bill, UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { BudgetThresholdReached } from '@sluice/contracts/topics/budget-threshold-reached'
import type { NewEvent } from '@sluice/event-log'

/** What `usage` keeps: the two ledgers, notices of budgets, and the outbox of facts that were not published yet. */
export interface UsageStore {
  /**
   * One transaction: a customer row per record that has none yet (unique `request_id`), a provider row per call that has none yet (unique
   * `request_id, attempt`; also for records whose customer row was there before), and one outbox batch per topic with what `facts` makes of the
   * new customer rows. Returns how many of those were new. Repeating it changes nothing. Rejects with `values_refused` when a record holds a value that can
   * never be stored, and then stores none of them.
   */
  record(
    records: readonly UsageRecord[],
    facts: (added: readonly UsageRecord[]) => readonly OutboxBatch[],
  ): Promise<number>
  /**
   * Hands up to `limit` of the oldest unpublished batches to `publish`, one after the other, and forgets each once it resolved; batches that
   * another call holds are skipped. Returns how many events were published; rejects as `publish` did, which keeps that batch and the rest.
   */
  relay(limit: number, publish: (batch: OutboxBatch) => Promise<void>): Promise<number>
  /**
   * One transaction: a row per notice that was not given yet, and one outbox batch with the events of the new ones. Returns those. Repeating it
   * changes nothing.
   */
  notify(
    notices: readonly BudgetThresholdReached[],
    topic: string,
    toEvent: (notice: BudgetThresholdReached) => NewEvent,
  ): Promise<readonly BudgetThresholdReached[]>
  /** Thresholds of one budget that were told of in the window that began at `startsAt`, the lowest first. */
  reached(tenantId: string, budgetId: string, startsAt: number): Promise<readonly number[]>
  /** Events waiting in the outbox. */
  backlog(): Promise<number>
}

export interface OutboxBatch {
  readonly topic: string
  readonly events: readonly NewEvent[]
}

/** What the customer pays for one request. */
export type CustomerLedgerRow = Omit<Bill, 'budgets' | 'calls'>

/** What one provider call costs us. */
export type ProviderLedgerRow = ProviderCallRecord & Pick<UsageRecord, 'request_id'>
