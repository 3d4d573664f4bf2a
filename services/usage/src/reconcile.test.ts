import { describe, expect, test } from '@jest/globals'
import type { GenerationSummary } from '@sluice/contracts/generation/generation-summary'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import { allTopics } from '@sluice/contracts/topics/all-topics'
import { createMemoryEventLog } from '@sluice/event-log/memory'
import { newRequestId } from '@sluice/kernel/ids'
import { createLogger } from '@sluice/kernel/logger'
import { createMemoryArchiveStore } from '@sluice/store/memory-archive-store'
import { createMemoryReconciliationStore } from '@sluice/store/memory-reconciliation-store'
import { createMemoryUsageStore } from '@sluice/store/memory-usage-store'
import { newUsageRecord } from '@sluice/store/testing/usage-records'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { Registry } from 'prom-client'
import { encodeGeneration } from './archived-generation.ts'
import { createUsageMetrics } from './metrics.ts'
import { startNightlyCheck } from './nightly-check.ts'
import { reconcile } from './reconcile.ts'
import { AlertBoard } from './alert-board.ts'
import { toUsageEvent } from './generation-events.ts'

const day = 86_400_000
const yesterday = Date.UTC(2026, 0, 2)
const period = { from: yesterday, to: yesterday + day }

function billAt(at: number, n: number): UsageRecord {
  const times = { accepted_at: at, finished_at: at + 500 }
  return newUsageRecord(n, { ...times, request_id: newRequestId(at), calls: [] })
}

function summaryOf(bill: UsageRecord): GenerationSummary {
  const { input_tokens, output_tokens, cached_input_tokens, cache_write_tokens } = bill
  const { reasoning_tokens, estimated, state } = bill
  const caller = { tenantId: 'default', projectId: 'p', keyId: 'k', keyName: 'k', models: null }
  return {
    id: bill.request_id,
    caller: { ...caller, userId: null },
    state,
    operation: 'chat',
    wire: 'openai-chat',
    stream: false,
    model: 'fast',
    provider: 'acme',
    calls: [],
    acceptedAt: bill.accepted_at,
    finishedAt: bill.finished_at,
    lastCursor: null,
    terminal: {
      state,
      finishReason: 'stop',
      error: null,
      amountNanoUsd: bill.amount_nano_usd,
      usage: {
        input_tokens,
        output_tokens,
        cached_input_tokens,
        cache_write_tokens,
        reasoning_tokens,
        estimated,
      },
    },
  } as unknown as GenerationSummary
}

/** Books that agree, but for what `changes` makes of them. */
async function openBooks(
  bills: readonly UsageRecord[],
  changes: {
    readonly bills?: (bills: readonly UsageRecord[]) => readonly UsageRecord[]
    readonly events?: (bills: readonly UsageRecord[]) => readonly UsageRecord[]
    readonly ends?: (bills: readonly UsageRecord[]) => readonly UsageRecord[]
  } = {},
) {
  const usage = createMemoryUsageStore()
  const archive = createMemoryArchiveStore(usage)
  const events = createMemoryEventLog()
  await events.createTopics(allTopics)
  await usage.record(changes.bills?.(bills) ?? bills, (added) => [
    { topic: 'gateway_usage', events: added.map(toUsageEvent) },
  ])
  await events.publish('gateway_usage', (changes.events?.(bills) ?? bills).map(toUsageEvent))
  for (const bill of changes.ends?.(bills) ?? bills)
    await archive.put(bill.finished_at, [
      { id: bill.request_id, content: encodeGeneration(summaryOf(bill), []) },
    ])
  const store = createMemoryReconciliationStore(usage)
  return { store, archive, events, hot: null }
}

const bills = Array.from({ length: 40 }, (_, n) => billAt(yesterday + n * 60_000, n))
const dearer = (bill: UsageRecord | undefined) =>
  ({ ...bill, amount_nano_usd: (bill?.amount_nano_usd ?? 0) + 1 }) as UsageRecord
const kinds = (found: Awaited<ReturnType<typeof reconcile>>) =>
  found.differences.map(({ kind, id }) => [kind, id])

describe('reconciliation', () => {
  test('finds nothing in books that agree, whatever lies around the period', async () => {
    const around = [billAt(yesterday - 1, 90), billAt(yesterday + day, 91)]
    const found = await reconcile(period, await openBooks([...bills, ...around]))
    expect(found).toMatchObject({ bills: 40, events: 40, ends: 40, differenceCount: 0 })
  })

  test('finds a bill that is missing, by its event and by the end of its log', async () => {
    const [first, second] = bills
    const byEvent = await openBooks(bills, { bills: (all) => all.slice(1), ends: () => [] })
    expect(kinds(await reconcile(period, byEvent))).toEqual([['missing_bill', first?.request_id]])
    const byEnd = await openBooks(bills, {
      bills: (all) => all.filter((bill) => bill !== second),
      events: (all) => all.filter((bill) => bill !== second),
    })
    expect(kinds(await reconcile(period, byEnd))).toEqual([['missing_bill', second?.request_id]])
  })

  test('finds an event that is missing, and counts one that is repeated', async () => {
    const books = await openBooks(bills, { events: (all) => [...all.slice(1), ...all.slice(5, 8)] })
    const found = await reconcile(period, books)
    expect(kinds(found)).toEqual([['missing_event', bills[0]?.request_id]])
    expect(found.repeatedEvents).toBe(3)
  })

  test('finds every unit by which a bill differs from its event or from the end of its log', async () => {
    const third = bills[3]?.request_id
    const event = await openBooks(bills, { events: (all) => all.with(3, dearer(all[3])) })
    const found = await reconcile(period, event)
    expect(found.differences).toEqual([
      {
        kind: 'different',
        id: third,
        detail: 'amount_nano_usd is 1003 in the bill and 1004 in its event',
      },
    ])
    const end = await openBooks(bills, { ends: (all) => all.with(3, dearer(all[3])) })
    expect(kinds(await reconcile(period, end))).toEqual([['different', third]])
  })

  test('compares hot logs where they can be reached, and as long as they are hot', async () => {
    const books = await openBooks(bills, { ends: () => [] })
    const wrong = new Map(bills.map((bill) => [bill.request_id, summaryOf(dearer(bill))]))
    const hot = {
      since: yesterday + 35 * 60_000,
      describe: async (id: UsageRecord['request_id']) => wrong.get(id) ?? null,
    }
    const found = await reconcile(period, { ...books, hot })
    expect(found).toMatchObject({ ends: 5, differenceCount: 5 })
  })

  test('a later check reads on where an earlier one left off', async () => {
    const today = Array.from({ length: 10 }, (_, n) => billAt(yesterday + day + n * 60_000, 50 + n))
    const books = await openBooks([...bills, ...today])
    const first = await reconcile(period, books)
    const read = books.events.read.bind(books.events)
    let events = 0
    books.events.read = async (...args: Parameters<typeof read>) => {
      const found = await read(...args)
      events += found.length
      return found
    }
    const next = { from: yesterday + day, to: yesterday + 2 * day }
    const found = await reconcile(next, books, first.positions)
    expect(found).toMatchObject({ bills: 10, events: 10, differenceCount: 0 })
    expect(events).toBe(10)
  })
})

async function startNight(changes: Parameters<typeof openBooks>[1], replicas: number) {
  const clock = createFakeClock(yesterday + day + 30 * 60_000)
  const lines: string[] = []
  const registry = new Registry()
  const backlog = { waiting: 0 }
  const none = () => Promise.resolve(0)
  const metrics = createUsageMetrics(registry, { unbilled: none }, { outboxMaxEvents: 1 })
  const context = {
    books: await openBooks(bills, changes),
    backlog: () => Promise.resolve(backlog.waiting),
    clock,
    logger: createLogger({
      service: 'usage',
      level: 'info',
      destination: { write: (line) => lines.push(line) },
    }),
    metrics,
    alerts: new AlertBoard({
      store: createMemoryUsageStore(),
      events: createMemoryEventLog(),
      clock,
      logger: createLogger({ service: 'usage', level: 'silent' }),
    }),
  }
  const nights = Array.from({ length: replicas }, () =>
    startNightlyCheck({ atMs: 3_600_000 }, context),
  )
  return { clock, lines, registry, backlog, nights }
}

describe('the nightly check', () => {
  test('is made once, by one process, after its time, when no event waits any more', async () => {
    const { clock, lines, registry, backlog, nights } = await startNight({}, 3)
    await clock.advance(25 * 60_000)
    expect(lines).toEqual([])
    backlog.waiting = 1
    await clock.advance(20 * 60_000)
    expect(lines).toEqual([])
    backlog.waiting = 0
    await clock.advance(60 * 60_000)
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      msg: 'the books agree',
      day: '2026-01-02',
      bills: 40,
    })
    expect(await registry.metrics()).toMatch(/^gateway_reconciliations_total 1$/m)
    for (const night of nights) await night[Symbol.asyncDispose]()
  })

  test('says in the log and in a metric that the books differ', async () => {
    const { clock, lines, registry, nights } = await startNight(
      { events: (all) => all.slice(2) },
      1,
    )
    await clock.advance(60 * 60_000)
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: 'the books differ', differences: 2 })
    expect(await registry.metrics()).toMatch(/^gateway_reconciliation_differences 2$/m)
    for (const night of nights) await night[Symbol.asyncDispose]()
  })
})
