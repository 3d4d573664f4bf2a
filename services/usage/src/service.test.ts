import { describe, expect, test } from '@jest/globals'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import { allTopics } from '@sluice/contracts/topics/all-topics'
import { reportLost } from '@sluice/contracts/rpc/usage'
import { usageRecorded } from '@sluice/contracts/topics/usage-recorded'
import { UsageRecord as UsageRecordSchema } from '@sluice/contracts/generation/usage-record'
import { noUsage } from '@sluice/contracts/usage'
import type { EventLog } from '@sluice/event-log'
import { createMemoryEventLog } from '@sluice/event-log/memory'
import type { BatchOptions, Generations, Taking } from '@sluice/generations'
import { createMemoryGenerations } from '@sluice/generations/memory'
import { systemClock } from '@sluice/kernel/clock'
import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import { HealthRegistry } from '@sluice/kernel/health'
import { newRequestId } from '@sluice/kernel/ids'
import { createLogger } from '@sluice/kernel/logger'
import { createMemoryArchiveStore } from '@sluice/store/memory-archive-store'
import { createMemoryReconciliationStore } from '@sluice/store/memory-reconciliation-store'
import { createMemoryUsageReports } from '@sluice/store/memory-usage-reports'
import { createMemoryUsageStore } from '@sluice/store/memory-usage-store'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { callRpc } from '@sluice/work-queue/rpc'
import { Registry } from 'prom-client'
import { readUsageConfig } from './config.ts'
import { startUsage } from './service.ts'
import { toUsageEvent } from './generation-events.ts'

type Deliver = (records: readonly UsageRecord[]) => Promise<void>

/** A usage service over memory stores, fed by hand: `deliver` is what the generations would call. */
async function startOver(
  options: {
    readonly events?: (log: EventLog) => EventLog
    /** Takes the log's lines. */
    readonly lines?: string[]
    readonly env?: Record<string, string>
  } = {},
) {
  const clock = systemClock
  const store = createMemoryUsageStore()
  const log = createMemoryEventLog()
  await log.createTopics(allTopics)
  let deliver: Deliver = () => Promise.reject(new Error('not taken'))
  const generations: Generations = Object.assign(createMemoryGenerations({ clock }), {
    takeUsage(handler: Deliver, _options: BatchOptions): Promise<Taking> {
      deliver = handler
      return Promise.resolve({ [Symbol.asyncDispose]: () => Promise.resolve() })
    },
  })
  const queue = createMemoryWorkQueue({ clock })
  const registry = new Registry()
  const health = new HealthRegistry({ clock, intervalMs: 1_000, timeoutMs: 1_000 })
  const archive = createMemoryArchiveStore(store)
  const config = readUsageConfig(
    { USAGE_RELAY_INTERVAL_MS: '10', ...options.env },
    { archiveHours: 0 },
  )
  const service = await startUsage(config, {
    generations,
    queue,
    store,
    reports: createMemoryUsageReports(store),
    books: createMemoryReconciliationStore(store),
    archive,
    events: options.events?.(log) ?? log,
    clock,
    logger: createLogger({
      service: 'usage',
      level: options.lines ? 'info' : 'silent',
      destination: { write: (line) => options.lines?.push(line) },
    }),
    registry,
    health,
  })
  return {
    service,
    health,
    store,
    log,
    queue,
    registry,
    deliver: (records: readonly UsageRecord[]) => deliver(records),
  }
}

function record(): UsageRecord {
  const id = newRequestId(1_767_225_600_000)
  return UsageRecordSchema.parse({
    ...noUsage,
    input_tokens: 3,
    request_id: id,
    tenant_id: 'default',
    project_id: 'default',
    key_id: 'key-1',
    operation: 'chat',
    requested_model: 'fast',
    model: 'acme/fast',
    provider: 'acme',
    calls: [],
    state: 'completed',
    error_code: null,
    amount_nano_usd: 450,
    stream: false,
    accepted_at: 1_767_225_600_000,
    finished_at: 1_767_225_600_500,
    first_part_ms: 20,
  })
}

async function publishedIds(log: EventLog): Promise<string[]> {
  const ids: string[] = []
  for (let partition = 0; partition < 12; partition++) {
    for (const event of await log.read('gateway_usage', partition, 0n, 1_000))
      ids.push(event.attributes.id)
  }
  return ids.toSorted()
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('usage', () => {
  test('writes one ledger row and one event per request, under the request id', async () => {
    const { service, store, log, deliver } = await startOver()
    const records = [record(), record(), record()]
    await deliver(records)
    await service[Symbol.asyncDispose]()
    const ids = records.map((each) => each.request_id).toSorted()
    expect([...store.ledger.keys()].toSorted()).toEqual(ids)
    expect(await publishedIds(log)).toEqual(ids)
  })

  test('a batch that is delivered again changes nothing', async () => {
    const { service, store, log, deliver } = await startOver()
    const records = [record(), record()]
    await deliver(records)
    await deliver([...records, record()])
    await service[Symbol.asyncDispose]()
    expect(store.ledger.size).toBe(3)
    expect(await publishedIds(log)).toHaveLength(3)
  })

  test('an event log that is away fails nothing: the outbox grows, and drains when it is back', async () => {
    let away = true
    const { service, store, log, deliver } = await startOver({
      events: (inner) =>
        Object.assign(Object.create(inner) as EventLog, {
          publish: (...args: Parameters<EventLog['publish']>) =>
            away ? Promise.reject(new Error('broker not available')) : inner.publish(...args),
        }),
    })
    await deliver([record()])
    await deliver([record(), record()])
    // A bill and an end for each.
    expect(await store.backlog()).toBe(6)
    away = false
    await service[Symbol.asyncDispose]()
    expect(await store.backlog()).toBe(0)
    expect(await publishedIds(log)).toHaveLength(3)
  })

  test('FM32: an outbox that fills up says so once, in the log and as a metric, and refuses nothing', async () => {
    const lines: string[] = []
    const { service, store, deliver, registry } = await startOver({
      lines,
      env: { OUTBOX_MAX_EVENTS: '20' },
      events: (inner) =>
        Object.assign(Object.create(inner) as EventLog, {
          publish: () => Promise.reject(new Error('broker not available')),
        }),
    })
    const said = () => lines.join('').split('more than half full').length - 1
    await deliver(Array.from({ length: 4 }, record))
    await until(() => lines.join('').includes('events wait in the outbox'))
    expect(said()).toBe(0)
    for (let i = 0; i < 4; i += 1) await deliver(Array.from({ length: 4 }, record))
    await until(() => said() > 0)
    await service[Symbol.asyncDispose]()
    expect(said()).toBe(1)
    expect(store.ledger.size).toBe(20)
    // A bill and an end for each call, and the alert.
    expect(await registry.metrics()).toMatch(
      /gateway_outbox_limit 20\n[^]*gateway_outbox_backlog 41\n/,
    )
  })

  test('a record that can never be stored is set aside in the log and holds up nothing', async () => {
    const lines: string[] = []
    const { service, store, log, deliver } = await startOver({ lines })
    const bad = { ...record(), amount_nano_usd: -1 }
    const good = [record(), record()]
    await deliver([good[0], bad, good[1]].filter((each) => each !== undefined))
    await service[Symbol.asyncDispose]()
    const ids = good.map((each) => each.request_id).toSorted()
    expect([...store.ledger.keys()].toSorted()).toEqual(ids)
    expect(await publishedIds(log)).toEqual(ids)
    expect(lines.join('')).toContain(bad.request_id)
  })

  test('FM45: a database that takes no bills makes the batch come again, and is told of once: in the log, in a metric, in readiness', async () => {
    const lines: string[] = []
    const { service, store, health, registry, deliver } = await startOver({ lines })
    const ledger = async () => {
      await health.runChecks()
      return health.readiness().checks.find(({ name }) => name === 'ledger')
    }
    const records = [record()]
    expect(await ledger()).toMatchObject({ ok: true, required: false })
    const write = store.record.bind(store)
    const full = 'Postgres: could not extend file: No space left on device'
    store.record = () => Promise.reject(new GatewayError(kernelErrors.dependency_unavailable, full))
    for (let tries = 0; tries < 3; tries += 1)
      await expect(deliver(records)).rejects.toMatchObject({ code: 'dependency_unavailable' })
    expect(await ledger()).toMatchObject({ ok: false, error: full })
    expect(lines.filter((line) => line.includes('No space left'))).toHaveLength(1)
    expect(await registry.metrics()).toMatch(/^gateway_ledger_failures_total 3$/m)
    store.record = write
    await deliver(records)
    expect(store.ledger.size).toBe(1)
    expect(await ledger()).toMatchObject({ ok: true })
    expect(lines.join('')).toContain('the ledger takes bills again')
    await service[Symbol.asyncDispose]()
  })

  test('a lost generation is billed by its report, once, whatever else arrives about it', async () => {
    const { service, store, log, queue, deliver } = await startOver()
    const lost = { ...record(), state: 'failed' as const, error_code: 'log_lost' }
    const report = () => callRpc(queue, reportLost, lost, { timeoutMs: 1_000 })
    expect(await report()).toEqual({ recorded: true })
    expect(await report()).toEqual({ recorded: false })
    await deliver([{ ...lost, error_code: null, state: 'completed' }])
    const billed = record()
    await deliver([billed])
    await callRpc(
      queue,
      reportLost,
      { ...lost, request_id: billed.request_id },
      { timeoutMs: 1_000 },
    )
    await service[Symbol.asyncDispose]()
    expect(store.ledger.get(lost.request_id)?.error_code).toBe('log_lost')
    expect(store.ledger.get(billed.request_id)?.error_code).toBeNull()
    expect(await publishedIds(log)).toHaveLength(2)
  })

  test('the event is what the contract of its topic says, and the same when it is made again', () => {
    const bill = record()
    const event = toUsageEvent(bill)
    expect(usageRecorded.payload.parse(JSON.parse(event.value))).toEqual(bill)
    expect(toUsageEvent({ ...bill })).toEqual(event)
    expect(event).toMatchObject({
      key: bill.request_id,
      attributes: {
        id: bill.request_id,
        source: '/sluice/usage',
        type: usageRecorded.type,
        time: '2026-01-01T00:00:00.500Z',
        tenant: 'default',
        schemaversion: '1',
      },
    })
  })
})
