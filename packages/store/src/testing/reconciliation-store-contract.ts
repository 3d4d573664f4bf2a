import assert from 'node:assert/strict'
import type { RequestId } from '@sluice/contracts/ids'
import type { ReconciliationStore } from '../reconciliation-store.ts'
import { hourMs, type UsageReports } from '../usage-reports.ts'
import type { UsageStore } from '../usage-store.ts'
import { assertSame, runStoreCases, type StoreCase, type StoreContract } from './store-case.ts'
import { newUsageRecord, billsOn } from './usage-records.ts'

export interface BooksUnderTest {
  readonly books: ReconciliationStore
  readonly store: UsageStore
  readonly reports: UsageReports
  /** Makes kept sums wrong; null where none are kept. */
  readonly damage: (() => Promise<void>) | null
}

const start = Date.UTC(2026, 0, 2)
const day = 24 * hourMs

function billAt(at: number, n: number, tenant = 'default') {
  const time = at.toString(16).padStart(12, '0')
  const id = `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${n.toString(16).padStart(12, '0')}`
  const changes = { request_id: id as RequestId, accepted_at: at, calls: [] }
  return newUsageRecord(n, { ...changes, tenant_id: tenant as never })
}

export const reconciliationStoreCases: readonly StoreCase<BooksUnderTest>[] = [
  {
    title: 'shows the bills of a period, of all tenants, page by page',
    async run({ books, store }) {
      const bills = [0, 1, 2, 3, 4].map((n) => billAt(start + n, n, n % 2 ? 'other' : 'default'))
      const around = [billAt(start - 1, 10), billAt(start + day, 11)]
      await store.record([...bills, ...around], billsOn('gateway_usage'))
      const period = { from: start, to: start + day }
      const first = await books.bills(period, null, 3)
      const rest = await books.bills(period, first[2]?.request_id ?? null, 3)
      const ids = bills.map((bill) => bill.request_id as string)
      assertSame(
        [...first, ...rest].map((bill) => bill.request_id),
        ids,
      )
      const [bill] = bills
      assertSame(first[0], {
        request_id: bill?.request_id,
        state: 'completed',
        amount_nano_usd: 1_000,
        input_tokens: 10,
        output_tokens: 20,
        cached_input_tokens: 3,
        cache_write_tokens: 2,
        reasoning_tokens: 1,
      })
      const found = await books.find([ids[1] ?? '', billAt(start, 99).request_id])
      assertSame(
        found.map((each) => each.request_id),
        [ids[1]],
      )
    },
  },
  {
    title: 'finds the hours whose sums are wrong, and makes them anew from their bills',
    async run({ books, store, reports, damage }) {
      const bills = Array.from({ length: 30 }, (_, n) => billAt(start + n * 7 * 60_000, n))
      await store.record(bills, billsOn('gateway_usage'))
      const period = { from: start, to: start + day }
      const filter = { tenantId: 'default' }
      const totals = await reports.totals(filter, period)
      assertSame(await books.wrongHours(period), [])
      if (damage === null) return
      await damage()
      const wrong = await books.wrongHours(period)
      assertSame(
        wrong,
        [0, 1, 2, 3].map((n) => start + n * hourMs),
      )
      await books.mendHours(wrong)
      assertSame(await books.wrongHours(period), [])
      assertSame(await reports.totals(filter, period), totals)
    },
  },
  {
    title: 'lets one process check a day, and another one when that died',
    async run({ books }) {
      const times = (now: number) => ({ now, holdMs: 1_000 })
      const claims = await Promise.all([books.claim(start, times(0)), books.claim(start, times(0))])
      assertSame(
        claims.filter((claim) => claim !== null),
        [{}],
      )
      assert.equal(await books.claim(start, times(999)), null)
      assertSame(await books.claim(start, times(1_000)), {})
      await books.finish(start, { 0: '17' })
      assert.equal(await books.claim(start, times(9_000)), null)
      assertSame(await books.claim(start + day, times(9_000)), { 0: '17' })
      assertSame(await books.claim(start - day, times(9_000)), {})
    },
  },
]

export function reconciliationStoreContract(contract: StoreContract<BooksUnderTest>): void {
  runStoreCases('ReconciliationStore', reconciliationStoreCases, contract)
}
