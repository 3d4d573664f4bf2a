import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { NewEvent } from '@sluice/event-log'
import { GatewayError } from '@sluice/kernel/errors'
import { storeErrors } from './errors.ts'
import type { OutboxBatch, UsageStore } from './usage-store.ts'

export interface MemoryUsageStore extends UsageStore {
  readonly ledger: ReadonlyMap<string, UsageRecord>
}

/** For tests and simulation: lives as long as the process. */
export function createMemoryUsageStore(): MemoryUsageStore {
  return new MemoryUsage()
}

class MemoryUsage implements MemoryUsageStore {
  readonly ledger = new Map<string, UsageRecord>()
  #outbox: OutboxBatch[] = []
  readonly #held = new Set<OutboxBatch>()

  async record(
    records: readonly UsageRecord[],
    topic: string,
    toEvent: (record: UsageRecord) => NewEvent,
  ): Promise<number> {
    const added: NewEvent[] = []
    const rows = new Map<string, UsageRecord>()
    for (const record of records) {
      if (record.amount_nano_usd < 0)
        throw new GatewayError(storeErrors.values_refused, 'an amount is never negative')
      if (this.ledger.has(record.request_id) || rows.has(record.request_id)) continue
      rows.set(record.request_id, { ...record })
      added.push(toEvent(record))
    }
    for (const [id, row] of rows) this.ledger.set(id, row)
    if (added.length > 0) this.#outbox.push({ topic, events: added })
    return added.length
  }

  async relay(limit: number, publish: (batch: OutboxBatch) => Promise<void>): Promise<number> {
    const batches = this.#outbox.filter((batch) => !this.#held.has(batch)).slice(0, limit)
    for (const batch of batches) this.#held.add(batch)
    let published = 0
    try {
      for (const batch of batches) {
        await publish(batch)
        this.#outbox = this.#outbox.filter((other) => other !== batch)
        published += batch.events.length
      }
      return published
    } finally {
      for (const batch of batches) this.#held.delete(batch)
    }
  }

  async backlog(): Promise<number> {
    return this.#outbox.reduce((sum, batch) => sum + batch.events.length, 0)
  }
}
