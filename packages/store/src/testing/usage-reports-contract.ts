import assert from 'node:assert/strict'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { RequestId } from '@sluice/contracts/ids'
import { createMemoryUsageReports } from '../memory-usage-reports.ts'
import { type BillFilter, hourMs, noSums, type UsageReports } from '../usage-reports.ts'
import type { UsageStore } from '../usage-store.ts'
import { assertSame, runStoreCases, type StoreCase, type StoreContract } from './store-case.ts'
import { newUsageRecord, billsOn } from './usage-records.ts'

export interface ReportsUnderTest {
  readonly reports: UsageReports
  /** Whose ledger is reported. */
  readonly store: UsageStore
}

const topic = 'gateway_usage'
const start = Date.UTC(2026, 0, 30, 22)

/** A bill accepted at `at`, under an id of that time. */
function billAt(at: number, n: number, changes: Partial<UsageRecord> = {}): UsageRecord {
  const time = at.toString(16).padStart(12, '0')
  const id = `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${n.toString(16).padStart(12, '0')}`
  return newUsageRecord(n, {
    calls: [],
    accepted_at: at,
    finished_at: at + 900,
    ...changes,
    request_id: id as RequestId,
  })
}

/** Mixed bills of two tenants over four days, the same at every run. */
function mixedBills(): UsageRecord[] {
  let state = 7
  const next = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * below)
  }
  return Array.from({ length: 400 }, (_, n) => {
    const answered = next(10) > 0
    const ended = (['completed', 'completed', 'failed', 'cancelled', 'expired'] as const)[next(5)]
    return billAt(start + next(96 * 60) * 60_000 + next(60_000), n, {
      tenant_id: next(4) === 0 ? 'other' : 'default',
      project_id: `p${String(next(3))}`,
      key_id: `k${String(next(4))}`,
      user_id: next(3) === 0 ? null : `u${String(next(3))}`,
      channel: next(5) === 0 ? 'slack' : 'http',
      requested_model: answered ? `acme/m${String(next(3))}` : `made-up-${String(n)}`,
      model: answered ? `acme/m${String(next(3))}` : `made-up-${String(n)}`,
      provider: answered ? `prov${String(next(2))}` : null,
      state: ended ?? 'completed',
      error_code: ended === 'completed' ? null : ['rate_limit_exceeded', 'upstream_error'][next(2)],
      amount_nano_usd: answered ? next(1_000_000) : 0,
      input_tokens: next(1_000),
      output_tokens: next(1_000),
      cached_input_tokens: next(10),
      first_part_ms: next(2) === 0 ? null : next(500),
      estimated: next(4) === 0,
    } as Partial<UsageRecord>)
  })
}

const filters: readonly BillFilter[] = [
  { tenantId: 'default' },
  { tenantId: 'other' },
  { tenantId: 'nobody' },
  { tenantId: 'default', projectId: 'p1' },
  { tenantId: 'default', keyId: 'k2', userId: 'u1' },
  { tenantId: 'default', channel: 'slack' },
  { tenantId: 'default', model: 'acme/m1', provider: 'prov0' },
]
const whole = { from: start, to: start + 96 * hourMs }
const part = { from: start + 30 * hourMs, to: start + 50 * hourMs }
const odd = { from: start + 30 * hourMs + 90_000, to: start + 30 * hourMs + 30 * 60_000 }

const groupings = [
  ['model'],
  ['project'],
  ['user'],
  ['key'],
  ['channel'],
  ['provider'],
  ['model', 'user'],
  ['user', 'provider', 'key'],
] as const

export const usageReportCases: readonly StoreCase<ReportsUnderTest>[] = [
  {
    title: 'M-249 sums, groups, series and lists are those of the rows, whatever is asked for',
    async run({ reports, store }) {
      const bills = mixedBills()
      await store.record(bills.slice(0, 250), billsOn(topic))
      await store.record(bills.slice(200), billsOn(topic))
      const ledger = new Map(bills.map((bill) => [bill.request_id as string, bill]))
      const expected = createMemoryUsageReports({ ledger })
      for (const filter of filters) {
        for (const period of [whole, part]) {
          assertSame(await reports.totals(filter, period), await expected.totals(filter, period))
          for (const by of groupings)
            assertSame(
              await reports.groups(filter, period, by, 5),
              await expected.groups(filter, period, by, 5),
              by.join(),
            )
          for (const step of ['hour', 'day', 'month'] as const)
            assertSame(
              await reports.series(filter, period, step),
              await expected.series(filter, period, step),
              step,
            )
        }
        for (const period of [whole, part, odd]) {
          const page = { before: null, limit: 50 }
          assertSame(
            await reports.bills(filter, period, page),
            await expected.bills(filter, period, page),
          )
          assertSame(
            await reports.dearest(filter, period, 7),
            await expected.dearest(filter, period, 7),
          )
          assertSame(await reports.errors(filter, period), await expected.errors(filter, period))
          for (const requested of [null, ['acme/m1', '*-1*'], ['acme/*'], ['ac%'], []])
            assertSame(
              await reports.counts(filter, period, requested),
              await expected.counts(filter, period, requested),
            )
        }
      }
    },
  },
  {
    title: 'a list goes on after the last of the page before, without a gap or a repetition',
    async run({ reports, store }) {
      const bills = mixedBills()
      await store.record(bills, billsOn(topic))
      const filter = { tenantId: 'default' }
      const seen: string[] = []
      let before: RequestId | null = null
      for (;;) {
        const page = await reports.bills(filter, whole, { before, limit: 33 })
        seen.push(...page.map((bill) => bill.requestId))
        before = page.at(-1)?.requestId ?? null
        if (page.length < 33) break
      }
      const own = bills.filter((bill) => bill.tenant_id === 'default').map((b) => b.request_id)
      assertSame(seen, own.toSorted().toReversed())
    },
  },
  {
    title: 'a period holds its first moment and not its last',
    async run({ reports, store }) {
      const bills = [0, hourMs - 1, hourMs].map((after, n) => billAt(start + after, n))
      await store.record(bills, billsOn(topic))
      const filter = { tenantId: 'default' }
      const hour = { from: start, to: start + hourMs }
      assert.equal((await reports.totals(filter, hour)).requests, 2)
      assert.equal((await reports.counts(filter, hour, null)).requests, 2)
      const most = { from: start + 1, to: start + hourMs }
      assert.equal((await reports.counts(filter, most, null)).requests, 1)
      assertSame(await reports.totals(filter, { from: 0, to: start }), noSums)
      // A limit of all time: its period ends with the last moment that there is.
      const ever = { from: 0, to: 8_640_000_000_000_000 }
      for (const requested of [null, ['acme/*'], ['fast']])
        assert.equal(
          (await reports.counts(filter, ever, requested)).requests,
          requested?.[0] === 'acme/*' ? 0 : 3,
        )
    },
  },
  {
    title: 'S-137 sums beyond what a number counts exactly stay exact',
    async run({ reports, store }) {
      const amount_nano_usd = Number.MAX_SAFE_INTEGER
      const bills = Array.from({ length: 2_000 }, (_, n) => billAt(start, n, { amount_nano_usd }))
      await store.record(bills, billsOn(topic))
      const { amountNanoUsd } = await reports.totals({ tenantId: 'default' }, whole)
      assert.equal(String(amountNanoUsd), String(2_000n * BigInt(amount_nano_usd)))
    },
  },
  {
    title: 'models that callers made up are one group, and none of them is a name in a report',
    async run({ reports, store }) {
      const unanswered = { provider: null, amount_nano_usd: 0, state: 'failed' as const }
      const bills = Array.from({ length: 50 }, (_, n) =>
        billAt(start, n, {
          ...unanswered,
          model: `made-up-${String(n)}`,
          requested_model: `made-up-${String(n)}`,
        }),
      )
      await store.record(bills, billsOn(topic))
      const groups = await reports.groups({ tenantId: 'default' }, whole, ['model'], 100)
      assertSame(
        groups.map(({ groups: [model], requests }) => [model, requests]),
        [[null, 50]],
      )
    },
  },
  {
    title: 'M-241 a bill keeps the price that it was made from',
    async run({ reports, store }) {
      const dearer = { input: '9', output: '9' }
      const first = billAt(start, 1, { price: { input: '1', output: '2', cached_input: '0.5' } })
      await store.record([first, billAt(start + 1, 2, { price: dearer })], billsOn(topic))
      await store.record([billAt(start + 2, 3, { price: null })], billsOn(topic))
      const page = { before: null, limit: 9 }
      const bills = await reports.bills({ tenantId: 'default' }, whole, page)
      assertSame(
        bills.map(({ price }) => price),
        [null, dearer, first.price],
      )
    },
  },
]

export function usageReportsContract(contract: StoreContract<ReportsUnderTest>): void {
  runStoreCases('UsageReports', usageReportCases, contract)
}
