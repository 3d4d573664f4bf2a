import assert from 'node:assert/strict'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { BudgetThresholdReached } from '@sluice/contracts/topics/budget-threshold-reached'
import type { NewEvent } from '@sluice/event-log'
import type {
  CustomerLedgerRow,
  OutboxBatch,
  ProviderLedgerRow,
  UsageStore,
} from '../usage-store.ts'
import { providerLedgerCases } from './provider-ledger-cases.ts'
import { assertSame, runStoreCases, type StoreCase, type StoreContract } from './store-case.ts'
import { billsOn, newUsageRecord, usageEvent } from './usage-records.ts'

export { billsOn, newCall, newUsageRecord, usageEvent } from './usage-records.ts'

const topic = 'gateway_usage'

/** What a case works with: the store, and its ledgers as anybody with SQL sees them. */
export interface UsageStoreUnderTest {
  readonly store: UsageStore
  readonly ledger: () => Promise<readonly CustomerLedgerRow[]>
  readonly providerLedger: () => Promise<readonly ProviderLedgerRow[]>
}

const noticeTopic = 'sluice.budget.threshold-reached.v1'

function budgetNotice(changes: Partial<BudgetThresholdReached> = {}): BudgetThresholdReached {
  return {
    tenant_id: 'default',
    budget_id: 'budget:b1:user:anna',
    name: 'Anna a day',
    scope: 'user',
    window: 'day',
    starts_at: 1_767_312_000_000,
    threshold: 0.5,
    max_nano_usd: 100,
    used_nano_usd: 50,
    at: 1_767_312_000_500,
    ...changes,
  } as BudgetThresholdReached
}

function noticeEvent(notice: BudgetThresholdReached): NewEvent {
  const { attributes } = usageEvent(newUsageRecord(1))
  const id = JSON.stringify([notice.budget_id, notice.starts_at, notice.threshold])
  return { key: notice.budget_id, value: JSON.stringify(notice), attributes: { ...attributes, id } }
}

export const usageStoreCases: readonly StoreCase<UsageStoreUnderTest>[] = [
  {
    title: 'writes one customer row per record, with every field as it was',
    async run({ store, ledger }) {
      const records = [
        newUsageRecord(1),
        newUsageRecord(2, {
          provider: null,
          price: null,
          user_id: null,
          channel: 'telegram',
          error_code: 'no_route',
          first_part_ms: null,
          state: 'failed',
          stream: false,
          estimated: true,
          requested_model: 'odd "name", {a\\b}\tc\nd żółć',
          amount_nano_usd: Number.MAX_SAFE_INTEGER,
        }),
      ]
      assert.equal(await store.record(records, billsOn(topic)), 2)
      assertSame(sorted(await ledger()), records.map(customerRow))
    },
  },
  {
    title: 'hands the event of every new row to the relay, and of nothing else',
    async run({ store }) {
      const records = [newUsageRecord(1), newUsageRecord(2)]
      await store.record(records, billsOn(topic))
      assert.equal(await store.backlog(), 2)
      const batches = await drain(store)
      assertSame(batches, [{ topic, events: records.map(usageEvent) }])
      assert.equal(await store.backlog(), 0)
      assertSame(await drain(store), [])
    },
  },
  {
    title: 'counts a record once, however often and in whatever company it comes',
    async run({ store, ledger }) {
      await store.record([newUsageRecord(1)], billsOn(topic))
      const repeated = newUsageRecord(1, { amount_nano_usd: 9 })
      const twice = newUsageRecord(2)
      assert.equal(await store.record([repeated, twice, twice], billsOn(topic)), 1)
      assert.equal(await store.record([repeated, twice], billsOn(topic)), 0)
      assertSame(sorted(await ledger()), [newUsageRecord(1), twice].map(customerRow))
      const events = (await drain(store)).flatMap((batch) => batch.events)
      assertSame(events, [newUsageRecord(1), twice].map(usageEvent))
    },
  },
  {
    title: 'counts a record once when two processes bring it at the same time',
    async run({ store, ledger }) {
      const records = Array.from({ length: 50 }, (_, n) => newUsageRecord(n))
      const counts = await Promise.all([
        store.record(records, billsOn(topic)),
        store.record(records.toReversed(), billsOn(topic)),
      ])
      assert.equal(counts[0] + counts[1], 50)
      assert.equal((await ledger()).length, 50)
      const events = (await drain(store)).flatMap((batch) => batch.events)
      assert.equal(new Set(events.map((event) => event.key)).size, 50)
      assert.equal(events.length, 50)
    },
  },
  ...providerLedgerCases,
  {
    title:
      'M-246 gives a notice of a budget once, however often and from however many processes it comes',
    async run({ store }) {
      const half = budgetNotice({ threshold: 0.5 })
      const most = budgetNotice({ threshold: 0.8 })
      const given = await Promise.all([
        store.notify([half, most], noticeTopic, noticeEvent),
        store.notify([most, half], noticeTopic, noticeEvent),
      ])
      assert.equal(given.flat().length, 2)
      assertSame(await store.notify([half], noticeTopic, noticeEvent), [])
      const later = budgetNotice({ starts_at: half.starts_at + 86_400_000 })
      const others = [later, budgetNotice({ budget_id: 'budget:b2' })]
      assert.equal((await store.notify(others, noticeTopic, noticeEvent)).length, 2)
      const events = (await drain(store)).flatMap((batch) => batch.events)
      assert.equal(events.length, 4)
      assertSame(await store.reached('default', half.budget_id, half.starts_at), [0.5, 0.8])
      assertSame(await store.reached('other', half.budget_id, half.starts_at), [])
    },
  },
  {
    title: 'does nothing when there is nothing to record',
    async run({ store }) {
      assert.equal(await store.record([], billsOn(topic)), 0)
      assert.equal(await store.backlog(), 0)
    },
  },
  {
    title: 'refuses a negative amount, and the whole batch with it',
    async run({ store, ledger }) {
      const bad = newUsageRecord(2, { amount_nano_usd: -1 })
      const refused = { code: 'values_refused', retryable: false }
      await assert.rejects(store.record([newUsageRecord(1), bad], billsOn(topic)), refused)
      assertSame(await ledger(), [])
      assert.equal(await store.backlog(), 0)
    },
  },
  {
    title: 'refuses an amount that no program counts exactly',
    async run({ store, ledger }) {
      const bad = newUsageRecord(1, { amount_nano_usd: Number.MAX_SAFE_INTEGER + 1 })
      await assert.rejects(store.record([bad], billsOn(topic)), { code: 'values_refused' })
      assertSame(await ledger(), [])
    },
  },
  {
    title: 'takes whatever a caller or a provider may put into a record',
    async run({ store, ledger }) {
      const odd = newUsageRecord(1, {
        requested_model: 'nul \u0000 and lone \ud800',
        input_tokens: 2 ** 40,
      })
      assert.equal(await store.record([odd], billsOn(topic)), 1)
      const [row] = await ledger()
      assert.equal(row?.input_tokens, 2 ** 40)
      assert.match(row.requested_model, /^nul .* and lone/u)
    },
  },
  {
    title: 'keeps a batch whose publishing failed, and those after it',
    async run({ store }) {
      await store.record([newUsageRecord(1)], billsOn(topic))
      await store.record([newUsageRecord(2)], billsOn(topic))
      await store.record([newUsageRecord(3)], billsOn(topic))
      const seen: string[] = []
      const failing = store.relay(topic, { limit: 2, inOrder: false }, async (events) => {
        seen.push(...events.map((event) => event.key))
        throw new Error('planted')
      })
      await assert.rejects(failing, /planted/)
      assert.equal(seen.length, 2)
      assert.equal(await store.backlog(), 3)
      const keys = (await drain(store)).flatMap((batch) => batch.events.map((event) => event.key))
      assertSame(
        keys,
        [1, 2, 3].map((n) => newUsageRecord(n).request_id as string),
      )
    },
  },
  {
    title:
      'relays whole batches of at most as many events as it is asked to, the oldest first, and at least one',
    async run({ store }) {
      for (const n of [1, 2, 3])
        await store.record([newUsageRecord(n), newUsageRecord(n + 10)], billsOn(topic))
      const seen: string[] = []
      const relay = (limit: number) =>
        store.relay(topic, { limit, inOrder: false }, async (events) => {
          seen.push(...events.map((event) => event.key))
          return []
        })
      assert.equal(await relay(5), 4)
      const expected = [1, 11, 2, 12].map((n) => newUsageRecord(n).request_id as string)
      assertSame(seen, expected)
      assert.equal(await relay(1), 2)
      assert.equal(await store.backlog(), 0)
    },
  },
  {
    title: 'gives a batch to one relay at a time',
    async run({ store }) {
      for (const n of [1, 2]) await store.record([newUsageRecord(n)], billsOn(topic))
      const entered = Promise.withResolvers<void>()
      const release = Promise.withResolvers<void>()
      const first = store.relay(topic, { limit: 1, inOrder: false }, async () => {
        entered.resolve()
        await release.promise
        return []
      })
      await entered.promise
      const second: string[] = []
      const push = async (events: readonly NewEvent[]) => {
        second.push(...events.map((event) => event.key))
        return []
      }
      // In order: not while the one before it is on its way.
      assert.equal(await store.relay(topic, { limit: 10, inOrder: true }, push), 0)
      await store.relay(topic, { limit: 10, inOrder: false }, push)
      release.resolve()
      assert.equal(await first, 1)
      assertSame(second, [newUsageRecord(2).request_id])
      assert.equal(await store.backlog(), 0)
    },
  },
  {
    title: 'keeps apart what the event log refuses for good, and does not hand it over again',
    async run({ store }) {
      await store.record([newUsageRecord(1), newUsageRecord(2)], billsOn(topic))
      await store.put([{ topic, events: [usageEvent(newUsageRecord(3))] }])
      const refuse = async (events: readonly NewEvent[]) => events.slice(0, 1)
      assert.equal(await store.relay(topic, { limit: 9, inOrder: true }, refuse), 2)
      assertSame(await store.waiting(), [])
      assert.equal(await store.backlog(), 1)
      await store.put([{ topic, events: [usageEvent(newUsageRecord(4))] }])
      const keys = (await drain(store)).flatMap(({ events }) => events.map(({ key }) => key))
      assertSame(keys, [newUsageRecord(4).request_id])
    },
  },
  {
    title: 'an alert begins once and ends once, whoever says so',
    async run({ store }) {
      const turn = (isOn: boolean, at: number) =>
        store.turnAlert({ name: 'a', isOn, at }, 'alerts', (since) => {
          const event = usageEvent(newUsageRecord(1))
          return { ...event, key: String(since) }
        })
      assert.equal(await turn(false, 1), false)
      const news = await Promise.all([turn(true, 5), turn(true, 5)])
      assert.equal(news.filter(Boolean).length, 1)
      assert.equal(await turn(false, 9), true)
      assert.equal(await turn(false, 9), false)
      const keys = (await drain(store)).flatMap(({ events }) => events.map(({ key }) => key))
      assertSame(keys, ['5', '5'])
    },
  },
  {
    title: 'goes on recording while a relay waits for its publisher',
    async run({ store, ledger }) {
      await store.record([newUsageRecord(1)], billsOn(topic))
      const entered = Promise.withResolvers<void>()
      const release = Promise.withResolvers<void>()
      const relaying = store.relay(topic, { limit: 1, inOrder: true }, async () => {
        entered.resolve()
        await release.promise
        return []
      })
      await entered.promise
      await store.record([newUsageRecord(2)], billsOn(topic))
      assert.equal((await ledger()).length, 2)
      release.resolve()
      await relaying
    },
  },
]

async function drain(store: UsageStore): Promise<OutboxBatch[]> {
  const batches: OutboxBatch[] = []
  for (const each of await store.waiting()) {
    const take = () =>
      store.relay(each, { limit: 100, inOrder: true }, async (events) => {
        batches.push({ topic: each, events })
        return []
      })
    while ((await take()) > 0);
  }
  return batches
}

function sorted(rows: readonly CustomerLedgerRow[]): CustomerLedgerRow[] {
  return rows.toSorted((a, b) => (a.request_id < b.request_id ? -1 : 1))
}

/** Of a record what the customer ledger says of it. */
export function customerRow({ calls: _calls, ...row }: UsageRecord): CustomerLedgerRow {
  return row
}

/** Registers every case of the port as a test of one adapter. */
export function usageStoreContract(contract: StoreContract<UsageStoreUnderTest>): void {
  runStoreCases('UsageStore', usageStoreCases, contract)
}
