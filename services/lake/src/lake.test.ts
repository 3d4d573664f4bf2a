import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { Access } from '@sluice/contracts/access'
import { Caller } from '@sluice/contracts/caller'
import { usage } from '@sluice/contracts/lake/tables'
import { eraseFromLake, listPersonalTurns, restoreCheckpoint } from '@sluice/contracts/rpc/lake'
import { manage } from '@sluice/contracts/rpc/manage'
import type { Person } from '@sluice/contracts/rpc/personal-data'
import { countBills } from '@sluice/contracts/rpc/usage'
import { alertFired } from '@sluice/contracts/topics/alert-fired'
import { allTopics } from '@sluice/contracts/topics/all-topics'
import { createMemoryEventLog } from '@sluice/event-log/memory'
import { GatewayError } from '@sluice/kernel/errors'
import { HealthRegistry } from '@sluice/kernel/health'
import { createLogger } from '@sluice/kernel/logger'
import { createMetricsRegistry } from '@sluice/kernel/metrics'
import { lakeErrors } from '@sluice/lake/errors'
import { holdFolder } from '@sluice/lake/hold-folder'
import type { IcebergCatalogue } from '@sluice/lake/iceberg-catalogue'
import { LakeFolder } from '@sluice/lake/lake-folder'
import {
  requestIdAt,
  turnEvent,
  turnTopic,
  usageEvent,
  usageTopic,
} from '@sluice/lake/testing/lake-events'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { mountSmallDisk, whyNoSmallDisk } from '@sluice/testkit/small-disk'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { callRpc, serveRpc } from '@sluice/work-queue/rpc'
import { readLakeConfig } from './config.ts'
import { startLake } from './service.ts'

const rpc = { timeoutMs: 60_000 }

async function start({
  env = {},
  bills = () => 0,
  catalogue = null,
}: {
  env?: Record<string, string>
  bills?: () => number
  catalogue?: IcebergCatalogue | null
} = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'lake-service-'))
  const clock = createFakeClock()
  const registry = createMetricsRegistry()
  const health = new HealthRegistry({ clock, intervalMs: 1_000, timeoutMs: 1_000 })
  const logger = createLogger({ service: 'lake', level: 'silent' })
  const queue = createMemoryWorkQueue({ clock })
  const events = createMemoryEventLog({ clock })
  await events.createTopics(allTopics)
  const counting = await serveRpc(queue, countBills, async () => ({ bills: bills() }))
  const config = readLakeConfig(env, { dataDir, embedded: true })
  const parts = { clock, registry, health, logger, queue, events, catalogue }
  const service = await startLake(config, parts)
  const metric = async (name: string) =>
    (await registry.getSingleMetric(name)?.get())?.values.reduce((sum, { value }) => sum + value, 0)
  /** Files are written in real time, what is done when goes by the test's: both go on until the condition holds. */
  const until = async (condition: () => Promise<boolean>) => {
    const deadline = performance.now() + 15_000
    while (!(await condition())) {
      if (performance.now() > deadline) throw new Error('it never held')
      await clock.advance(1_000)
      await pause(2)
    }
  }
  const ask = async (
    route: string,
    params: Record<string, string>,
    user: string | null = 'anna',
    tenant = 'acme',
  ) => {
    const caller = Caller.parse({
      tenantId: tenant,
      projectId: 'default',
      keyId: 'k1',
      keyName: 'k',
      models: null,
      userId: user,
    })
    const principal = { caller, access: Access.parse({ role: 'user' }) }
    const call = {
      route,
      params,
      query: {},
      body: null,
      address: '',
      requestId: 'r',
      headers: {},
      principal,
    }
    return (await callRpc(queue, manage.lake, call, rpc)).body as { data: { content: string }[] }
  }
  return {
    dataDir,
    clock,
    queue,
    events,
    health,
    metric,
    until,
    ask,
    service,
    folder: join(dataDir, 'lake'),
    [Symbol.asyncDispose]: async () => {
      await service[Symbol.asyncDispose]()
      await counting[Symbol.asyncDispose]()
      await events[Symbol.asyncDispose]()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function failing(health: HealthRegistry): Promise<boolean> {
  await health.runChecks()
  return health.readiness().checks.some(({ name, ok }) => name === 'lake' && !ok)
}

function problemOf(health: HealthRegistry): string | undefined {
  return health.readiness().checks.find(({ name }) => name === 'lake')?.error
}

const noDisk = whyNoSmallDisk()
if (noDisk !== null) console.warn(`skipped, the lake on a full disk: ${noDisk}`)

describe('M-262: the lake in a folder', () => {
  test('is written by the clock, and once more at the end', async () => {
    await using running = await start()
    const { events, clock, metric, until, folder, service } = running
    await events.publish(usageTopic.name, [usageEvent(1, clock.now())])
    await until(async () => (await metric('gateway_lake_rows_total')) === 1)
    await events.publish(usageTopic.name, [usageEvent(2, clock.now())])
    await service[Symbol.asyncDispose]()
    const table = await new LakeFolder(folder, { clock }).table(usage)
    expect((await table?.view())?.summary['total-records']).toBe('2')
    // It is free again.
    holdFolder(folder)[Symbol.dispose]()
  })

  test('that cannot be written keeps nobody waiting; it says so, and goes on when it can', async () => {
    await using running = await start()
    const { events, clock, metric, until, folder, health, ask } = running
    // A file where the folder should be: whoever runs this, also root, cannot write below it.
    await writeFile(folder, '')
    await events.publish(turnTopic.name, [turnEvent({ n: 1, at: clock.now() })])
    await until(async () => ((await metric('gateway_lake_failures_total')) ?? 0) > 0)
    await clock.advance(60_000)
    expect(await metric('gateway_lake_lag_seconds')).toBeGreaterThan(0)
    expect(await failing(health)).toBe(true)
    await expect(ask('conversations.turns', { session_id: 's1' })).rejects.toMatchObject({
      code: 'lake_unreadable',
      status: 503,
    })
    await rm(folder)
    await until(async () => (await metric('gateway_lake_rows_total')) === 1)
    await until(async () => (await metric('gateway_lake_lag_seconds')) === 0)
    expect(await failing(health)).toBe(false)
  })

  ;(noDisk === null ? test : test.skip)(
    'FM45: on a full disk its facts wait in the event log, and are read from there; they are written once there is room',
    async () => {
      using disk = mountSmallDisk(8)
      await using running = await start({ env: { LAKE_DIR: join(disk.path, 'lake') } })
      const { events, clock, metric, until, health, ask } = running
      const said = async () => (await ask('conversations.turns', { session_id: 's1' })).data.length
      const tell = (n: number) =>
        events.publish(turnTopic.name, [turnEvent({ n, at: clock.now() })])
      const rows = () => metric('gateway_lake_rows_total')
      await tell(1)
      await until(async () => (await rows()) === 1)
      disk.fill()
      await tell(2)
      await until(async () => failing(health))
      await tell(3)
      const failures = (await metric('gateway_lake_failures_total')) ?? 0
      await until(async () => ((await metric('gateway_lake_failures_total')) ?? 0) > failures)
      expect(problemOf(health)).toContain('ENOSPC')
      expect(await said()).toBe(3)
      disk.free()
      await until(async () => (await rows()) === 3)
      await until(async () => !(await failing(health)))
      expect(await said()).toBe(3)
    },
  )

  test('has one writer: a second process waits until the first one is gone', async () => {
    await using running = await start()
    const { events, clock, metric, until, folder } = running
    const other = holdFolder(folder)
    await events.publish(usageTopic.name, [usageEvent(1, clock.now())])
    await until(async () => ((await metric('gateway_lake_failures_total')) ?? 0) > 0)
    expect(await metric('gateway_lake_rows_total')).toBe(0)
    other[Symbol.dispose]()
    await until(async () => (await metric('gateway_lake_rows_total')) === 1)
  })
})

describe('reconciliation', () => {
  test('a bill without a row is a metric, an alert that begins and ends once, and degrades readiness', async () => {
    let bills = 2
    const env = { LAKE_RECONCILE_INTERVAL_MS: '60000' }
    await using running = await start({ env, bills: () => bills })
    const { events, clock, metric, until, health } = running
    await events.publish(usageTopic.name, [usageEvent(1, clock.now())])
    await until(async () => (await metric('gateway_lake_difference')) === 1)
    await until(async () => ((await metric('gateway_lake_reconciliations_total')) ?? 0) >= 2)
    expect(await failing(health)).toBe(true)
    bills = 1
    await until(async () => (await metric('gateway_lake_difference')) === 0)
    await until(async () => (await events.read(alertFired.name, 0, 0n, 10)).length === 2)
    const told = (await events.read(alertFired.name, 0, 0n, 10)).map(({ value }) =>
      alertFired.payload.parse(JSON.parse(value)),
    )
    expect(told.map(({ alert, state }) => `${alert} ${state}`)).toEqual([
      'lake_difference firing',
      'lake_difference resolved',
    ])
    expect(await failing(health)).toBe(false)
  })
})

describe('M-265: what was said is read back', () => {
  test('by whoever said it; others are told what one is told who asks for nothing', async () => {
    await using running = await start()
    const { events, clock, ask, until, metric } = running
    const at = clock.now()
    await events.publish(turnTopic.name, [
      turnEvent({ n: 1, at }),
      turnEvent({ n: 1, at, turn: 1 }),
    ])
    const id = requestIdAt(at, 1)
    for (const isCommitted of [false, true]) {
      if (isCommitted) await until(async () => (await metric('gateway_lake_rows_total')) === 2)
      expect((await ask('conversations.turns', { session_id: 's1' })).data).toHaveLength(2)
      expect((await ask('generations.turns', { id })).data).toHaveLength(2)
      const refusals = [
        ask('conversations.turns', { session_id: 's1' }, 'ben'),
        ask('conversations.turns', { session_id: 's1' }, null),
        ask('conversations.turns', { session_id: 's1' }, 'anna', 'beta'),
        ask('conversations.turns', { session_id: 'none' }),
      ]
      for (const refused of refusals)
        await expect(refused).rejects.toMatchObject({ code: 'conversation_not_found', status: 404 })
      await expect(ask('generations.turns', { id }, 'ben')).rejects.toMatchObject({
        code: 'generation_not_found',
      })
    }
  })

  test('all that somebody and their keys said is given page by page, of nobody else', async () => {
    await using running = await start()
    const { events, clock, queue, until, metric } = running
    const at = clock.now()
    const anna = { tenantId: 'acme', userId: 'anna', keyIds: ['k1'] } as never as Person
    const said = async (after: string | null, limit = 2) => {
      const { turns } = await callRpc(queue, listPersonalTurns, { ...anna, after, limit }, rpc)
      return turns.map(({ id, content }) => ({ id, content }))
    }
    await events.publish(turnTopic.name, [
      turnEvent({ n: 1, at }),
      turnEvent({ n: 2, at, user: 'k1', session: 's2' }),
      turnEvent({ n: 3, at, session: 's3' }),
      turnEvent({ n: 4, at, user: 'ben' }),
      turnEvent({ n: 5, at, tenant: 'beta' }),
    ])
    for (const isCommitted of [false, true]) {
      if (isCommitted) await until(async () => (await metric('gateway_lake_rows_total')) === 5)
      const first = await said(null)
      expect(first.map(({ content }) => content)).toEqual(['text 3', 'text 2'])
      const rest = await said(first[1]?.id ?? null)
      expect(rest.map(({ content }) => content)).toEqual(['text 1'])
    }
  })

  test('where a catalogue has the tables that cannot be read here, it says so', async () => {
    const catalogue: IcebergCatalogue = {
      load: () => Promise.reject(new GatewayError(lakeErrors.lake_elsewhere)),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }
    const env = { ICEBERG_CATALOG_URI: 'http://127.0.0.1:1' }
    await using running = await start({ env, catalogue })
    await expect(running.ask('conversations.turns', { session_id: 's1' })).rejects.toMatchObject({
      code: 'lake_elsewhere',
      status: 501,
    })
    const person = { tenantId: 'acme', userId: 'anna', keyIds: [] } as never
    expect(await callRpc(running.queue, eraseFromLake, person, rpc)).toMatchObject({
      elsewhere: true,
    })
    const page = { ...(person as Person), after: null, limit: 9 }
    expect(await callRpc(running.queue, listPersonalTurns, page, rpc)).toEqual({
      turns: [],
      elsewhere: true,
    })
  })
})

describe('M-079: whoever is erased', () => {
  test('is erased from what is committed and from what is not yet', async () => {
    await using running = await start()
    const { events, clock, queue, ask, until, metric } = running
    const at = clock.now()
    await events.publish(turnTopic.name, [
      turnEvent({ n: 1, at }),
      turnEvent({ n: 2, at, user: 'ben' }),
    ])
    await until(async () => (await metric('gateway_lake_rows_total')) === 2)
    await events.publish(turnTopic.name, [turnEvent({ n: 3, at })])
    await events.publish(usageTopic.name, [usageEvent(3, at)])
    const person = { tenantId: 'acme', userId: 'anna', keyIds: [] } as never
    expect(await callRpc(queue, eraseFromLake, person, rpc)).toEqual({
      rowsRemoved: 2,
      rowsChanged: 1,
      elsewhere: false,
    })
    await expect(ask('conversations.turns', { session_id: 's1' })).rejects.toMatchObject({
      status: 404,
    })
    expect((await ask('conversations.turns', { session_id: 's1' }, 'ben')).data).toHaveLength(1)
    const kept = await Promise.all(
      Array.from({ length: 12 }, (_, p) => events.read(turnTopic.name, p, 0n, 9)),
    )
    expect(JSON.stringify(kept.flat().map(({ value }) => value))).not.toContain('anna')
    expect(await callRpc(queue, eraseFromLake, person, rpc)).toMatchObject({
      rowsRemoved: 0,
      rowsChanged: 0,
    })
    expect(
      await callRpc(
        queue,
        restoreCheckpoint,
        { tenantId: 'acme' as never, userIds: null, sessionId: 'x' },
        rpc,
      ),
    ).toBeNull()
  })

  test.each([{ LAKE_ENABLED: 'false' }, { ICEBERG_CATALOG_URI: 'http://127.0.0.1:1' }])(
    'is erased from the event log where this process writes no tables: %o',
    async (env) => {
      await using running = await start({ env })
      const { events, clock, queue } = running
      const bill = usageEvent(1, clock.now())
      const budget = { id: 'budget:b1:user:anna', scope: 'user' }
      const value = JSON.stringify({ ...JSON.parse(bill.value), budgets: [budget] })
      await events.publish(turnTopic.name, [turnEvent({ n: 1, at: clock.now() })])
      await events.publish(usageTopic.name, [{ ...bill, value }])
      const person = { tenantId: 'acme', userId: 'anna', keyIds: [] } as never
      await callRpc(queue, eraseFromLake, person, rpc)
      const kept = await Promise.all(
        [turnTopic, usageTopic].flatMap(({ name }) =>
          Array.from({ length: 12 }, (_, p) => events.read(name, p, 0n, 9)),
        ),
      )
      const text = JSON.stringify(kept.flat().map(({ key, value: said }) => ({ key, said })))
      expect(kept.flat()).toHaveLength(2)
      expect(text).not.toContain('anna')
      expect(text).not.toContain('text 1')
    },
  )
})
