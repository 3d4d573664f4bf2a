import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { MemoryUsageStore } from './memory-usage-store.ts'
import type { BillFacts, EventPositions, ReconciliationStore } from './reconciliation-store.ts'

export function createMemoryReconciliationStore({
  ledger,
}: Pick<MemoryUsageStore, 'ledger'>): ReconciliationStore {
  const days = new Map<number, { heldUntil: number; positions: EventPositions | null }>()
  return {
    async bills({ from, to }, after, limit) {
      return [...ledger.values()]
        .filter(({ accepted_at: at }) => at >= from && at < to)
        .filter(({ request_id: id }) => after === null || id > after)
        .toSorted((a, b) => (a.request_id < b.request_id ? -1 : 1))
        .slice(0, limit)
        .map(factsOf)
    },
    async countEnded({ from, to }) {
      return [...ledger.values()].filter(({ finished_at: at }) => at >= from && at < to).length
    },
    async find(requestIds) {
      const found = requestIds.map((id) => ledger.get(id))
      return found.filter((bill) => bill !== undefined).map(factsOf)
    },
    // Its reports are made from the bills themselves.
    wrongHours: () => Promise.resolve([]),
    mendHours: () => Promise.resolve(),
    async claim(day, { now, holdMs }) {
      const known = days.get(day)
      if (known && (known.positions !== null || known.heldUntil > now)) return null
      days.set(day, { heldUntil: now + holdMs, positions: null })
      const earlier = [...days].filter(
        ([other, { positions }]) => other < day && positions !== null,
      )
      return earlier.toSorted(([a], [b]) => b - a)[0]?.[1].positions ?? {}
    },
    async finish(day, positions) {
      days.set(day, { heldUntil: 0, positions })
    },
  }
}

function factsOf(bill: UsageRecord): BillFacts {
  return {
    request_id: bill.request_id,
    state: bill.state,
    amount_nano_usd: bill.amount_nano_usd,
    input_tokens: bill.input_tokens,
    output_tokens: bill.output_tokens,
    cached_input_tokens: bill.cached_input_tokens,
    cache_write_tokens: bill.cache_write_tokens,
    reasoning_tokens: bill.reasoning_tokens,
  }
}
