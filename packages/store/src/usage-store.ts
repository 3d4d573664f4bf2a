import type { ProviderCallRecord } from '@sluice/contracts/generation/provider-call-record'
import type { Bill, UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { BudgetThresholdReached } from '@sluice/contracts/topics/budget-threshold-reached'
import type { NewEvent } from '@sluice/event-log'
import type { Outbox, OutboxBatch } from './outbox.ts'

export type { OutboxBatch } from './outbox.ts'

/** What `usage` keeps: the two ledgers, notices of budgets, and the outbox of facts that were not published yet. */
export interface UsageStore extends Outbox {
  /**
   * One transaction: a customer row per record that has none yet (unique `request_id`), a provider row per call that has none yet (unique
   * `request_id, attempt`; also for records whose customer row was there before), and the events that `facts` makes of the
   * new customer rows; of none it makes none, and names its topics. Returns how many of the rows were new. Repeating it changes nothing. Rejects with `values_refused` when a record holds a value that can
   * never be stored, and then stores none of them.
   */
  record(
    records: readonly UsageRecord[],
    facts: (added: readonly UsageRecord[]) => readonly OutboxBatch[],
  ): Promise<number>
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
  /**
   * An alert begins or ends, for all processes: one row while it fires. Returns whether that is news, and then `toEvent` is stored in the same
   * transaction; `since` is when it began.
   */
  turnAlert(
    alert: { readonly name: string; readonly isOn: boolean; readonly at: number },
    topic: string,
    toEvent: (since: number) => NewEvent,
  ): Promise<boolean>
}

/** What the customer pays for one request. */
export type CustomerLedgerRow = Omit<Bill, 'budgets' | 'calls'>

/** What one provider call costs us. */
export type ProviderLedgerRow = ProviderCallRecord & Pick<UsageRecord, 'request_id'>
