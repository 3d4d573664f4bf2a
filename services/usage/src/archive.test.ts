import { describe, expect, test } from '@jest/globals'
import type { GenerationSummary } from '@sluice/contracts/generation/generation-summary'
import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { RequestId } from '@sluice/contracts/ids'
import { readGeneration } from '@sluice/contracts/rpc/usage'
import { noUsage } from '@sluice/contracts/usage'
import { createMemoryEventLog } from '@sluice/event-log/memory'
import type { Generations, ReadOutcome, Taking } from '@sluice/generations'
import { createMemoryGenerations } from '@sluice/generations/memory'
import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import { HealthRegistry } from '@sluice/kernel/health'
import { newRequestId } from '@sluice/kernel/ids'
import { createLogger } from '@sluice/kernel/logger'
import { createMemoryArchiveStore } from '@sluice/store/memory-archive-store'
import { createMemoryUsageStore, type MemoryUsageStore } from '@sluice/store/memory-usage-store'
import { newUsageRecord, billsOn } from '@sluice/store/testing/usage-records'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { callRpc } from '@sluice/work-queue/rpc'
import { createMemoryReconciliationStore } from '@sluice/store/memory-reconciliation-store'
import { createMemoryUsageReports } from '@sluice/store/memory-usage-reports'
import { Registry } from 'prom-client'
import { readUsageConfig } from './config.ts'
import { startUsage } from './service.ts'

const hour = 3_600_000
/** Days pass in these tests: the outbox is looked at seldom. */
const quiet = { CANARY_INTERVAL_MS: '0', USAGE_RELAY_INTERVAL_MS: '60000' }
const data = [Buffer.from('{"a":"ż"}\n{"b":1}'), Buffer.from([0, 10, 255]), Buffer.alloc(0)]

function summaryOf(id: RequestId): GenerationSummary {
  const terminal = {
    state: 'completed',
    finishReason: 'stop',
    error: null,
    usage: noUsage,
    amountNanoUsd: 7,
  } as const
  return {
    id,
    caller: { tenantId: 't', projectId: 'p', keyId: 'k', userId: null, keyName: 'k', models: null },
    state: 'completed',
    operation: 'chat',
    wire: 'openai-chat',
    stream: true,
    model: 'fast',
    provider: 'acme',
    calls: [],
    acceptedAt: 1,
    finishedAt: 2,
    lastCursor: { epoch: 5, seq: 3 },
    terminal,
  } as unknown as GenerationSummary
}

function entriesOf(id: RequestId): LogEntry[] {
  return data.map((bytes, i) => {
    const end = i === data.length - 1 ? summaryOf(id).terminal : null
    return { epoch: 5, seq: i + 1, head: null, data: bytes, end }
  })
}

/** A usage service whose hot logs are `hot`, with a clock that stands still. */
async function start(
  given: {
    store?: MemoryUsageStore
    hot?: Map<RequestId, readonly LogEntry[]>
    hours?: number
  } = {},
) {
  const clock = createFakeClock()
  const store = given.store ?? createMemoryUsageStore()
  const archive = createMemoryArchiveStore(store)
  const hot = given.hot ?? new Map<RequestId, readonly LogEntry[]>()
  const away = { hot: false }
  let deliver: (records: readonly UsageRecord[]) => Promise<void> = () => Promise.resolve()
  const generations: Generations = Object.assign(createMemoryGenerations({ clock }), {
    takeUsage(handler: typeof deliver): Promise<Taking> {
      deliver = handler
      return Promise.resolve({ [Symbol.asyncDispose]: () => Promise.resolve() })
    },
    describe(id: RequestId): Promise<GenerationSummary | null> {
      if (away.hot) return Promise.reject(new GatewayError(kernelErrors.dependency_unavailable))
      return Promise.resolve(hot.has(id) ? summaryOf(id) : null)
    },
    read(id: RequestId, after: { seq: number } | null): Promise<ReadOutcome> {
      const entries = hot.get(id)
      if (!entries) return Promise.resolve({ ok: false, refusal: 'unknown' })
      // One entry at a time: the archive has to ask until it has seen the end.
      const next = entries.slice(after?.seq ?? 0).slice(0, 1)
      return Promise.resolve({ ok: true, entries: next })
    },
  })
  const queue = createMemoryWorkQueue({ clock })
  const registry = new Registry()
  const service = await startUsage(readUsageConfig(quiet, { archiveHours: given.hours ?? 24 }), {
    generations,
    queue,
    store,
    reports: createMemoryUsageReports(store),
    books: createMemoryReconciliationStore(store),
    archive,
    events: createMemoryEventLog(),
    clock,
    logger: createLogger({ service: 'usage', level: 'silent' }),
    registry,
    health: new HealthRegistry({ clock, intervalMs: 1_000, timeoutMs: 1_000 }),
  })
  const ask = (id: RequestId) => callRpc(queue, readGeneration, { id }, { timeoutMs: 1_000 })
  return {
    clock,
    store,
    archive,
    hot,
    away,
    service,
    ask,
    /** The bill of a new generation, whose log is hot unless `gone`. */
    async end(options: { gone?: boolean } = {}): Promise<RequestId> {
      const id = newRequestId(clock.now())
      if (!options.gone) hot.set(id, entriesOf(id))
      await deliver([{ ...newUsageRecord(1), request_id: id }])
      return id
    },
    async archived(id: RequestId): Promise<void> {
      for (let i = 0; i < 100 && (await archive.get(id, 0)) === null; i += 1)
        await clock.advance(50)
    },
  }
}

describe('the archive', () => {
  test('R5: keeps an ended generation verbatim, and gives it by RPC for 24 h', async () => {
    const usage = await start()
    const id = await usage.end()
    await usage.archived(id)
    usage.hot.clear()
    const found = await usage.ask(id)
    expect(found?.summary).toEqual(summaryOf(id))
    const entries = found?.entries.map((entry) => ({
      ...entry,
      data: Buffer.from(entry.data, 'base64'),
    }))
    expect(entries).toEqual(entriesOf(id))
    await usage.clock.advance(24 * hour + 60_000)
    expect(await usage.ask(id)).toBeNull()
    expect(await usage.archive.get(id, 0)).not.toBeNull()
    await usage.clock.advance(600_000)
    expect(await usage.archive.get(id, 0)).toBeNull()
    await usage.service[Symbol.asyncDispose]()
  })

  test('does not hold up the ledger while a log cannot be read, and catches up', async () => {
    const usage = await start()
    usage.away.hot = true
    const id = await usage.end()
    expect(usage.store.ledger.has(id)).toBe(true)
    await usage.clock.advance(3_000)
    expect(await usage.ask(id)).toBeNull()
    usage.away.hot = false
    await usage.archived(id)
    expect(await usage.ask(id)).not.toBeNull()
    await usage.service[Symbol.asyncDispose]()
  })

  test('passes over a generation whose log is gone', async () => {
    const usage = await start()
    const gone = await usage.end({ gone: true })
    const id = await usage.end()
    await usage.archived(id)
    expect(await usage.ask(gone)).toBeNull()
    expect(await usage.ask(id)).not.toBeNull()
    await usage.service[Symbol.asyncDispose]()
  })

  test('FM42: finds at its start what a usage process that died had billed and not archived', async () => {
    const store = createMemoryUsageStore()
    const id = newRequestId(createFakeClock().now())
    await store.record([{ ...newUsageRecord(1), request_id: id }], billsOn('gateway_usage'))
    const usage = await start({ store, hot: new Map([[id, entriesOf(id)]]) })
    await usage.archived(id)
    expect(await usage.ask(id)).not.toBeNull()
    await usage.service[Symbol.asyncDispose]()
  })

  test('archives what waits before its process ends', async () => {
    const usage = await start()
    const ids = await Promise.all(Array.from({ length: 30 }, () => usage.end()))
    await usage.service[Symbol.asyncDispose]()
    for (const id of ids) expect(await usage.archive.get(id, 0)).not.toBeNull()
  })

  test('is off with 0 hours', async () => {
    const usage = await start({ hours: 0 })
    const id = await usage.end()
    await usage.clock.advance(1_000)
    expect(await usage.ask(id)).toBeNull()
    await usage.service[Symbol.asyncDispose]()
  })
})
