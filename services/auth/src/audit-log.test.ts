import { describe, expect, test } from '@jest/globals'
import { Access } from '@sluice/contracts/access'
import { auditQueue } from '@sluice/contracts/audit'
import { Caller } from '@sluice/contracts/caller'
import { manage } from '@sluice/contracts/rpc/manage'
import { allTopics } from '@sluice/contracts/topics/all-topics'
import { auditRecorded } from '@sluice/contracts/topics/audit-recorded'
import { createMemoryEventLog } from '@sluice/event-log/memory'
import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import { createLogger } from '@sluice/kernel/logger'
import { createQueuedAudit } from '@sluice/management/audit'
import { serveManagement } from '@sluice/management'
import { refuseUndeclared } from '@sluice/management/undeclared'
import { listAuditEntries } from '@sluice/contracts/http/routes/audit'
import { anyAudit } from '@sluice/store/audit-store'
import { createMemoryAuditStore } from '@sluice/store/memory-audit-store'
import { newAuditEntry } from '@sluice/store/testing/audit-store-contract'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { callRpc } from '@sluice/work-queue/rpc'
import { keepAuditLog } from './audit-log.ts'
import { auditHandlers } from './manage/audit.ts'

const caller = (tenantId: string) =>
  Caller.parse({ tenantId, projectId: 'p', keyId: 'k1', keyName: 'ci', models: null })
const principal = { caller: caller('acme'), access: Access.parse({ role: 'admin' }) }
const call = { route: 'tokens.create', principal, address: '203.0.113.7', requestId: 'r-1' }
const logger = createLogger({ service: 'auth', level: 'silent' })

async function start() {
  const clock = createFakeClock()
  const queue = createMemoryWorkQueue({ clock })
  const events = createMemoryEventLog({ clock })
  await events.createTopics(allTopics)
  const audit = createMemoryAuditStore()
  const kept = await keepAuditLog({ audit, queue, events, logger })
  const list = (tenant = 'acme') => audit.list(tenant, anyAudit, { limit: 100, after: null })
  const told = async () => {
    const partitions = [0, 1, 2].map((n) => events.read(auditRecorded.name, n, 0n, 100))
    return (await Promise.all(partitions)).flat()
  }
  const emptied = async () => {
    while ((await queue.depth(auditQueue, 'auth')) > 0) await clock.advance(100)
  }
  return { clock, queue, events, audit, kept, list, told, emptied }
}

describe('the audit log', () => {
  test('M-078: a change is kept once with actor, address, before and after, and told without them', async () => {
    const { clock, queue, kept, list, told, emptied } = await start()
    await using _kept = kept
    const record = createQueuedAudit({ queue, clock, logger })
    const change = { target: 'token:k2', before: { name: 'a' }, after: { name: 'b' } }
    await record(call, change)
    await queue.enqueue(auditQueue, (await list())[0] ?? { ...newAuditEntry(1), id: 'r-1' })
    await emptied()
    expect(await list()).toMatchObject([
      {
        id: 'r-1',
        tenantId: 'acme',
        action: 'tokens.create',
        outcome: 'done',
        ...change,
        actor: {
          keyId: 'k1',
          userId: null,
          role: 'admin',
        },
        address: '203.0.113.7',
      },
    ])
    const ids = new Set((await told()).map(({ attributes }) => attributes.id))
    expect([...ids]).toEqual(['r-1'])
    expect((await told())[0]?.value).not.toContain('"name"')
  })

  test('M-078: no secret is in an entry or its event, whoever put it into the queue', async () => {
    const { clock, queue, kept, list, told, emptied } = await start()
    await using _kept = kept
    const secret = 'gw_live_k1_Canary4711xyzzy0123456789'
    await createQueuedAudit({ queue, clock, logger })(call, {
      target: `token:${secret}`,
      after: { api_key: 'Canary4711', note: `is ${secret}` },
    })
    await queue.enqueue(auditQueue, {
      ...newAuditEntry(2),
      target: secret,
      before: { password: 'Canary4711' },
      after: [secret],
    })
    await emptied()
    const all = JSON.stringify([await list(), (await told()).map(({ value }) => value)])
    expect(await list()).toHaveLength(2)
    expect(all).not.toContain('Canary4711')
  })

  test('while the event log is away entries are kept at once, and told when it is back', async () => {
    const { clock, queue, events, audit, kept, list, told } = await start()
    await kept[Symbol.asyncDispose]()
    let isAway = true
    const publish: typeof events.publish = async (topic, batch) => {
      if (isAway) throw new GatewayError(kernelErrors.dependency_unavailable, 'away')
      await events.publish(topic, batch)
    }
    const cut = Object.assign(Object.create(events) as typeof events, { publish })
    await using _kept = await keepAuditLog({ audit, queue, events: cut, logger })
    await createQueuedAudit({ queue, clock, logger })(call, { target: 'token:k2' })
    for (let i = 0; i < 20; i += 1) await clock.advance(1_000)
    expect(await list()).toHaveLength(1)
    expect(await told()).toHaveLength(0)
    isAway = false
    while ((await told()).length === 0) await clock.advance(1_000)
    expect(await list()).toHaveLength(1)
  })

  test('what is no entry does not stand in the way of those that come after it', async () => {
    const { queue, kept, list, emptied } = await start()
    await using _kept = kept
    await queue.enqueue(auditQueue, { id: 1 })
    await queue.enqueue(auditQueue, newAuditEntry(1))
    await emptied()
    expect(await list()).toHaveLength(1)
  })
})

describe('GET /v1/audit', () => {
  async function ask(tenant: string, query: Record<string, string>, accept = 'application/json') {
    const { queue, audit, clock } = await start()
    for (let n = 1; n <= 5; n += 1) await audit.add(newAuditEntry(n))
    await audit.add(newAuditEntry(6, { tenantId: 'beta', target: '=cmd|x' }))
    await using _serving = await serveManagement({
      queue,
      owner: 'auth',
      handlers: auditHandlers({ audit }),
      routes: [listAuditEntries],
      onUndeclared: refuseUndeclared,
      audit: createQueuedAudit({ queue, clock, logger }),
    })
    const request = {
      route: 'audit.list',
      params: {},
      query,
      body: null,
      requestId: 'r',
      address: '',
      principal: {
        ...principal,
        caller: caller(tenant),
      },
      headers: { accept },
    }
    return await callRpc(queue, manage.auth, request, { timeoutMs: 1_000 })
  }

  test('M-078: pages the entries of the tenant, the newest first, by filters', async () => {
    const first = await ask('acme', { limit: '3' })
    expect(first.body).toMatchObject({ data: [{ target: 'token:k5' }, {}, { target: 'token:k3' }] })
    const { last_id: after } = first.body as { last_id: string }
    expect(first.body).toMatchObject({ has_more: true })
    expect((await ask('acme', { limit: '3', after })).body).toMatchObject({
      data: [{ target: 'token:k2' }, { target: 'token:k1' }],
      has_more: false,
    })
    const since = '1970-01-01T00:00:04Z'
    expect((await ask('acme', { since })).body).toMatchObject({ data: [{}, {}] })
    expect((await ask('acme', { after: 'x' })).body).toMatchObject({ data: [], last_id: null })
    await expect(ask('acme', { since: 'yesterday' })).rejects.toThrow()
  })

  test('M-069: another tenant sees its own; as CSV no cell is a formula', async () => {
    const reply = await ask('beta', {}, 'text/csv')
    expect(reply.headers['content-type']).toContain('text/csv')
    const [heading, line, rest] = (reply.body as string).split('\r\n')
    expect(heading).toBe(
      'at,action,target,outcome,key_id,user_id,role,address,request_id,before,after',
    )
    expect(line).toContain(`,'=cmd|x,`)
    expect(rest).toBe('')
  })
})
