import assert from 'node:assert/strict'
import type { ProviderCallRecord } from '@sluice/contracts/generation/provider-call-record'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { ProviderLedgerRow } from '../usage-store.ts'
import { assertSame, type StoreCase } from './store-case.ts'
import { newCall, newUsageRecord, billsOn } from './usage-records.ts'
import type { UsageStoreUnderTest } from './usage-store-contract.ts'

const topic = 'gateway_usage'

/** Each differs from what its customer row says in one way. */
const unlike: readonly Partial<ProviderCallRecord>[] = [
  { state: 'unconfirmed' },
  { error_code: 'upstream_error' },
  { provider: 'other' },
  { model: 'other/model' },
  { finished_at: 1_767_312_000_899 },
  { input_tokens: 11 },
  { output_tokens: 21 },
  { cached_input_tokens: 0 },
  { cache_write_tokens: 0 },
  { reasoning_tokens: 0 },
  { estimated: true },
]

export const providerLedgerCases: readonly StoreCase<UsageStoreUnderTest>[] = [
  {
    title: 'writes one provider row per call, with every field as it was',
    async run({ store, providerLedger }) {
      const records = [
        newUsageRecord(1),
        newUsageRecord(2, { calls: [] }),
        newUsageRecord(3, {
          state: 'expired',
          error_code: 'upstream_timeout',
          calls: [
            newCall({ state: 'failed', error_code: 'rate_limit_exceeded', cost_nano_usd: 0 }),
            newCall({ attempt: 2, state: 'unconfirmed', estimated: true, provider: 'b "c", {d}' }),
            newCall({ attempt: 3, state: 'failed', error_code: 'upstream_timeout' }),
          ],
        }),
        ...unlike.map((changes, i) => newUsageRecord(10 + i, { calls: [newCall(changes)] })),
      ]
      assert.equal(await store.record(records, billsOn(topic)), records.length)
      assertSame(sorted(await providerLedger()), records.flatMap(rowsOf))
    },
  },
  {
    title: 'counts a call once, however often its record comes',
    async run({ store, providerLedger }) {
      const one = newUsageRecord(1)
      const two = newUsageRecord(2, {
        calls: [newCall({ state: 'unconfirmed' }), newCall({ attempt: 2 })],
      })
      await store.record([one, two], billsOn(topic))
      await store.record([two, one, newUsageRecord(3), one], billsOn(topic))
      assertSame(sorted(await providerLedger()), [one, two, newUsageRecord(3)].flatMap(rowsOf))
    },
  },
  {
    title: 'adds the calls that a second record of a request brings, and leaves its bill alone',
    async run({ store, ledger, providerLedger }) {
      await store.record([newUsageRecord(1)], billsOn(topic))
      const later = newUsageRecord(1, {
        amount_nano_usd: 5,
        calls: [newCall({ cost_nano_usd: 1 }), newCall({ attempt: 2, state: 'cancelled' })],
      })
      assert.equal(await store.record([later], billsOn(topic)), 0)
      assert.equal((await ledger())[0]?.amount_nano_usd, newUsageRecord(1).amount_nano_usd)
      const [first, second] = [newUsageRecord(1), later].map(rowsOf)
      assertSame(sorted(await providerLedger()), [first?.[0], second?.[1]])
    },
  },
  {
    title: 'writes the calls of one request once when two processes bring them at the same time',
    async run({ store, providerLedger }) {
      const calls = [newCall({ state: 'failed' }), newCall({ attempt: 2 })]
      const records = Array.from({ length: 50 }, (_, n) => newUsageRecord(n, { calls }))
      await Promise.all([
        store.record(records, billsOn(topic)),
        store.record(records.toReversed(), billsOn(topic)),
      ])
      assertSame(sorted(await providerLedger()), records.flatMap(rowsOf))
    },
  },
  {
    title: 'refuses a negative cost, and the whole batch with it',
    async run({ store, ledger, providerLedger }) {
      for (const state of ['completed', 'failed'] as const) {
        const bad = newUsageRecord(2, { calls: [newCall({ state, cost_nano_usd: -1 })] })
        await assert.rejects(store.record([newUsageRecord(1), bad], billsOn(topic)), {
          code: 'values_refused',
        })
      }
      assertSame(await ledger(), [])
      assertSame(await providerLedger(), [])
      assert.equal(await store.backlog(), 0)
    },
  },
]

function rowsOf(record: UsageRecord): ProviderLedgerRow[] {
  return record.calls.map((call) => ({ ...call, request_id: record.request_id }))
}

function sorted(rows: readonly ProviderLedgerRow[]): ProviderLedgerRow[] {
  const place = (row: ProviderLedgerRow) => `${row.request_id}/${String(row.attempt)}`
  return rows.toSorted((a, b) => (place(a) < place(b) ? -1 : 1))
}
