import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { BudgetThresholdReached } from '@sluice/contracts/topics/budget-threshold-reached'
import type { NewEvent } from '@sluice/event-log'
import { GatewayError } from '@sluice/kernel/errors'
import { storeErrors } from './errors.ts'
import { MemoryOutbox } from './memory-outbox.ts'
import type { OutboxBatch } from './outbox.ts'
import type { ProviderLedgerRow, UsageStore } from './usage-store.ts'

export interface MemoryUsageStore extends UsageStore {
  /** The customer ledger by request id; `calls` are those of the first record of a request. */
  readonly ledger: ReadonlyMap<string, UsageRecord>
  /** By request id and attempt. */
  readonly providerLedger: ReadonlyMap<string, ProviderLedgerRow>
}

/** For tests and simulation: lives as long as the process. */
export function createMemoryUsageStore(): MemoryUsageStore {
  return new MemoryUsage()
}

class MemoryUsage extends MemoryOutbox implements MemoryUsageStore {
  readonly ledger = new Map<string, UsageRecord>()
  readonly providerLedger = new Map<string, ProviderLedgerRow>()
  readonly #alerts = new Map<string, number>()
  readonly #notices = new Map<string, BudgetThresholdReached>()

  async record(
    records: readonly UsageRecord[],
    facts: (added: readonly UsageRecord[]) => readonly OutboxBatch[],
  ): Promise<number> {
    const added: UsageRecord[] = []
    const rows = new Map<string, UsageRecord>()
    for (const record of records) {
      assertStorable(record)
      if (this.ledger.has(record.request_id) || rows.has(record.request_id)) continue
      const { asked: _asked, decision: _decision, ...bill } = record
      rows.set(record.request_id, bill)
      added.push(record)
    }
    for (const [id, row] of rows) this.ledger.set(id, row)
    for (const { request_id, calls } of records) {
      for (const call of calls) {
        const place = `${request_id}/${String(call.attempt)}`
        if (!this.providerLedger.has(place)) this.providerLedger.set(place, { ...call, request_id })
      }
    }
    if (added.length > 0) this.add(facts(added))
    return added.length
  }

  async notify(
    notices: readonly BudgetThresholdReached[],
    topic: string,
    toEvent: (notice: BudgetThresholdReached) => NewEvent,
  ): Promise<readonly BudgetThresholdReached[]> {
    const added: BudgetThresholdReached[] = []
    for (const notice of notices) {
      const { tenant_id, budget_id, starts_at, threshold } = notice
      const place = JSON.stringify([tenant_id, budget_id, starts_at, threshold])
      if (this.#notices.has(place)) continue
      this.#notices.set(place, notice)
      added.push(notice)
    }
    if (added.length > 0) this.add([{ topic, events: added.map(toEvent) }])
    return added
  }

  async reached(tenantId: string, budgetId: string, startsAt: number): Promise<readonly number[]> {
    return [...this.#notices.values()]
      .filter(
        (notice) =>
          notice.tenant_id === tenantId &&
          notice.budget_id === budgetId &&
          notice.starts_at === startsAt,
      )
      .map(({ threshold }) => threshold)
      .toSorted((a, b) => a - b)
  }

  async turnAlert(
    { name, isOn, at }: { readonly name: string; readonly isOn: boolean; readonly at: number },
    topic: string,
    toEvent: (since: number) => NewEvent,
  ): Promise<boolean> {
    const since = this.#alerts.get(name)
    if (isOn === (since !== undefined)) return false
    if (isOn) this.#alerts.set(name, at)
    else this.#alerts.delete(name)
    this.add([{ topic, events: [toEvent(since ?? at)] }])
    return true
  }
}

function assertStorable({ amount_nano_usd, calls }: UsageRecord): void {
  const amounts = [amount_nano_usd, ...calls.map((call) => call.cost_nano_usd)]
  if (amounts.every((amount) => amount >= 0 && amount <= Number.MAX_SAFE_INTEGER)) return
  throw new GatewayError(
    storeErrors.values_refused,
    'an amount is a safe integer and never negative',
  )
}
