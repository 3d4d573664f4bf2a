import { describe, expect, test } from '@jest/globals'
import { Access, type Role } from '@sluice/contracts/access'
import { Caller, sessionKeyId } from '@sluice/contracts/caller'
import { privacyRoutes } from '@sluice/contracts/http/routes/privacy'
import type { KeyId, RequestId } from '@sluice/contracts/ids'
import { manage } from '@sluice/contracts/rpc/manage'
import {
  erasePersonalCalls,
  erasePersonalResponses,
  listPersonalCalls,
  listPersonalResponses,
  renamePersonalCalls,
} from '@sluice/contracts/rpc/personal-data'
import { eraseFromLake, listPersonalTurns } from '@sluice/contracts/rpc/lake'
import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import { createLogger } from '@sluice/kernel/logger'
import { createMetricsRegistry } from '@sluice/kernel/metrics'
import { serveManagement } from '@sluice/management'
import { refuseUndeclared } from '@sluice/management/undeclared'
import { createMemoryAccountStore } from '@sluice/store/memory-account-store'
import { createMemoryAuthStore } from '@sluice/store/memory-auth-store'
import { createMemoryErasureStore } from '@sluice/store/memory-erasure-store'
import { createMemoryResponseStore } from '@sluice/store/memory-response-store'
import { newAccount } from '@sluice/store/testing/account-store-contract'
import { newKey, newTenant } from '@sluice/store/testing/identity-rows'
import { newResponse } from '@sluice/store/testing/response-store-contract'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { callRpc, serveRpc } from '@sluice/work-queue/rpc'
import { eraseByQueue, erasureQueue } from './eraser.ts'
import { measureErasures } from './erasure-metrics.ts'
import { privacyHandlers } from './handlers.ts'

const logger = createLogger({ service: 'auth', level: 'silent' })
const requestId = (n: number) =>
  `01900000-0000-7000-8000-${String(n).padStart(12, '0')}` as RequestId

/** What usage has of somebody: bills with a name, and answers. */
class Bills {
  readonly rows = new Map<RequestId, { user: string; answer: string | null }>()
  /** How often it is away first. */
  away = 0

  assertThere(): void {
    if (this.away === 0) return
    this.away -= 1
    throw new GatewayError(kernelErrors.dependency_unavailable, 'away')
  }
}

async function start(pages = 1) {
  const clock = createFakeClock()
  const queue = createMemoryWorkQueue({ clock })
  const store = createMemoryAuthStore()
  const accounts = createMemoryAccountStore(store)
  const erasures = createMemoryErasureStore()
  const responses = createMemoryResponseStore()
  const bills = new Bills()
  await store.tenants.add(newTenant('acme'))
  await store.ensureProject('acme', 'default', 0)
  await accounts.create(newAccount('olga', { role: 'owner' }))
  await accounts.create(newAccount('anna'))
  await accounts.create(newAccount('ben'))
  await store.saveKey(newKey('k1', { tenantId: 'acme', userId: 'anna' } as object))
  await store.saveKey(newKey('k2', { tenantId: 'acme', userId: 'ben' } as object))
  const owner = { tenantId: 'acme' as never }
  await responses.keep(newResponse(1, { ...owner, keyId: 'k1' as KeyId }))
  await responses.keep(newResponse(2, { ...owner, keyId: 'session-1' as KeyId }))
  await responses.keep(newResponse(3, { ...owner, keyId: 'k2' as KeyId }))
  for (let n = 1; n <= 2 + 200 * (pages - 1); n += 1)
    bills.rows.set(requestId(n === 1 ? 1 : n === 2 ? 2 : n + 10), {
      user: 'anna',
      answer: `secret ${String(n)}`,
    })
  bills.rows.set(requestId(3), { user: 'ben', answer: 'of ben' })

  const stack = new AsyncDisposableStack()
  stack.use(
    await serveRpc(queue, listPersonalResponses, async ({ tenantId, keyIds, after, limit }) => ({
      responses: [...(await responses.ofKeys(tenantId, keyIds, { after: after ?? '', limit }))],
    })),
  )
  stack.use(
    await serveRpc(queue, erasePersonalResponses, async ({ tenantId, keyIds, ids }) => ({
      erased: await responses.erase(tenantId, { keyIds, ids }),
    })),
  )
  stack.use(
    await serveRpc(queue, listPersonalCalls, async ({ userId, after, limit }) => {
      const own = [...bills.rows].filter(([id, { user }]) => user === userId && id > (after ?? ''))
      const sorted = own.toSorted(([a], [b]) => (a < b ? -1 : 1)).slice(0, limit)
      const some = {
        model: 'm',
        state: 'completed',
        inputTokens: 1,
        outputTokens: 1,
        amountNanoUsd: 5,
        acceptedAt: 1,
      }
      return { calls: sorted.map(([id, { answer }]) => ({ id, ...some, answer })) }
    }),
  )
  stack.use(
    await serveRpc(queue, erasePersonalCalls, async ({ ids }) => {
      bills.assertThere()
      const found = ids
        .flatMap((id) => bills.rows.get(id) ?? [])
        .filter(({ answer }) => answer !== null)
      for (const row of found) row.answer = null
      return { erased: found.length }
    }),
  )
  const lake = { turns: 1, elsewhere: false }
  stack.use(
    await serveRpc(queue, listPersonalTurns, async ({ userId, after, limit }) => {
      const { elsewhere } = lake
      if (elsewhere || userId !== 'anna') return { turns: [], elsewhere }
      const all = Array.from({ length: lake.turns }, (_, n) => ({
        id: `${requestId(500 - n)}:0`,
        sessionId: 's1',
        role: 'user',
        content: `asked ${String(n)}`,
        occurredAt: 1,
      }))
      const from = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1
      return { turns: all.slice(from, from + limit), elsewhere }
    }),
  )
  const erasedFromLake: string[] = []
  stack.use(
    await serveRpc(queue, eraseFromLake, async ({ tenantId, userId, keyIds }) => {
      erasedFromLake.push(`${tenantId}/${userId} ${keyIds.join()}`)
      return { rowsRemoved: 0, rowsChanged: 0, elsewhere: lake.elsewhere }
    }),
  )
  stack.use(
    await serveRpc(queue, renamePersonalCalls, async ({ userId, pseudonym }) => {
      const own = [...bills.rows.values()].filter(({ user }) => user === userId)
      for (const row of own) row.user = pseudonym
      return { renamed: own.length }
    }),
  )
  const registry = createMetricsRegistry()
  measureErasures(registry, erasures, clock)
  const context = { store, accounts, erasures, queue, clock, logger, onChanged: () => undefined }
  stack.use(await eraseByQueue(context))
  const audited: string[] = []
  stack.use(
    await serveManagement({
      queue,
      owner: 'auth',
      onUndeclared: refuseUndeclared,
      handlers: privacyHandlers(context),
      routes: privacyRoutes,
      audit: async (_, { target }) => void audited.push(target),
    }),
  )
  const ask = async (
    route: string,
    id: string,
    as: { user?: string; role?: Role; tenant?: string; after?: string; key?: string } = {},
  ) => {
    const { user = 'olga', role = 'owner', tenant = 'acme', after, key = sessionKeyId(user) } = as
    const caller = Caller.parse({
      tenantId: tenant,
      projectId: 'default',
      keyId: key,
      keyName: 's',
      models: null,
      userId: user,
    })
    const call = {
      route,
      params: { id },
      query: after === undefined ? {} : { after },
      body: null,
      address: '',
      requestId: 'r',
      headers: {},
      principal: { caller, access: Access.parse({ role }) },
    }
    return (await callRpc(queue, manage.auth, call, { timeoutMs: 10_000 })).body as Record<
      string,
      never
    >
  }
  const erased = async (id: string) => {
    for (let turn = 0; turn < 100 && (await queue.depth(erasureQueue, 'auth')) > 0; turn += 1)
      await clock.advance(1_000)
    return ask('users.erasure', id)
  }
  return {
    store,
    accounts,
    erasures,
    responses,
    bills,
    lake,
    erasedFromLake,
    audited,
    ask,
    erased,
    clock,
    registry,
    stack,
  }
}

describe('M-079: what a person may ask for', () => {
  test('an export has account, keys, stored responses, calls with their answers and what was said, of nobody else', async () => {
    const { ask, stack } = await start()
    await using _stack = stack
    const whole = await ask('users.export', 'anna', { user: 'anna', role: 'user' })
    expect(whole).toMatchObject({
      account: { id: 'anna' },
      keys: [{ id: 'k1' }],
      responses: [{ id: requestId(1) }],
      calls: [{ answer: 'secret 1' }, { answer: 'secret 2' }],
      turns: [{ id: `${requestId(500)}:0`, session_id: 's1', content: 'asked 0' }],
      turns_elsewhere: false,
      has_more: false,
      last_id: null,
    })
    expect(JSON.stringify(whole)).not.toMatch(/argon2|credential/)
    expect(await ask('users.export', 'ben')).toMatchObject({
      calls: [{ answer: 'of ben' }],
      turns: [],
    })
  })

  test('an export that is longer than a page is given once and whole', async () => {
    const { ask, lake, stack } = await start(2)
    await using _stack = stack
    lake.turns = 120
    const seen: unknown[] = []
    let pages = 0
    for (let after: string | undefined; ; pages += 1) {
      const page = await ask('users.export', 'anna', after === undefined ? {} : { after })
      const { responses, calls, turns, last_id: last } = page as Record<string, unknown[]>
      seen.push(...(responses ?? []), ...(calls ?? []), ...(turns ?? []))
      if (!page['has_more']) break
      after = String(last)
    }
    expect(pages).toBe(6)
    expect(seen).toHaveLength(1 + 202 + 120)
    expect(new Set(seen.map((item) => JSON.stringify(item))).size).toBe(seen.length)
    for (const after of ['turns:x', 'calls:1', `turns:${requestId(1)}`, `calls:${requestId(1)}:0`])
      await expect(ask('users.export', 'anna', { after })).rejects.toMatchObject({ status: 400 })
  })

  test('an export says when a catalogue has what was said', async () => {
    const { ask, lake, stack } = await start()
    await using _stack = stack
    lake.elsewhere = true
    const page = await ask('users.export', 'anna')
    expect(page).toMatchObject({ turns: [], turns_elsewhere: true, has_more: false })
  })

  test('after a removal no store has what they said; bills stay under another name, others keep theirs', async () => {
    const { ask, erased, bills, responses, store, accounts, audited, erasedFromLake, stack } =
      await start(2)
    await using _stack = stack
    expect(await ask('users.erase', 'anna')).toMatchObject({ state: 'requested' })
    const done = await erased('anna')
    expect(done).toMatchObject({
      state: 'done',
      removed: { responses: 2, answers: 202, keys: 1, bills_renamed: 202 },
    })
    const left = [...bills.rows.values()].filter(({ user }) => user === String(done['pseudonym']))
    expect(left.length).toBe(202)
    expect(left.every(({ answer }) => answer === null)).toBe(true)
    expect(bills.rows.get(requestId(3))).toEqual({ user: 'ben', answer: 'of ben' })
    expect(
      await responses.ofKeys('acme' as never, ['k1', 'k2', 'session-1'] as never, {
        after: '',
        limit: 9,
      }),
    ).toHaveLength(1)
    expect(erasedFromLake).toEqual(['acme/anna k1'])
    expect(await accounts.find('acme', 'anna')).toBeNull()
    expect((await store.findKeyById('acme', 'k1'))?.revokedAt).not.toBeNull()
    expect((await store.findKeyById('acme', 'k2'))?.revokedAt).toBeNull()
    expect(audited).toEqual(['user:anna'])
  })

  test('where a catalogue has the tables a removal is not done before they are erased from', async () => {
    const { ask, erased, erasures, bills, lake, clock, registry, stack } = await start()
    await using _stack = stack
    lake.elsewhere = true
    await ask('users.erase', 'anna')
    const waits = { state: 'requested', waits_for: 'lake', finished_at: null }
    expect(await erased('anna')).toMatchObject({ ...waits, removed: { bills_renamed: 2 } })
    expect([...bills.rows.values()].some(({ user }) => user === 'anna')).toBe(false)
    const [waiting] = await erasures.waitingForLake()
    expect(waiting).toMatchObject({ tenantId: 'acme', userId: 'anna', keyIds: ['k1'] })
    await clock.advance(90_000)
    const gauge = registry.getSingleMetric('gateway_erasure_lake_wait_seconds')
    expect((await gauge?.get())?.values[0]?.value).toBe(
      clock.now() / 1_000 - (waiting?.since ?? 0) / 1_000,
    )
    await ask('users.erase', 'anna')
    expect(await erased('anna')).toMatchObject(waits)
    expect(await erasures.waitingForLake()).toEqual([waiting])
    await erasures.progress('acme', 'anna', {}, clock.now())
    expect(await ask('users.erasure', 'anna')).toMatchObject({ state: 'done', waits_for: null })
    expect(await erasures.waitingForLake()).toEqual([])
    expect((await gauge?.get())?.values[0]?.value).toBe(0)
  })

  test('a store that is away in between is waited for, and nothing is done twice; asking again changes nothing', async () => {
    const { ask, erased, bills, stack } = await start(2)
    await using _stack = stack
    bills.away = 3
    await ask('users.erase', 'anna')
    const done = await erased('anna')
    expect(done).toMatchObject({ state: 'done', removed: { answers: 202, keys: 1, responses: 2 } })
    await ask('users.erase', 'anna')
    expect(await erased('anna')).toEqual(done)
  })

  test('who may: the person, an owner, an admin for those below; the last owner of a tenant stays', async () => {
    const { ask, stack } = await start()
    await using _stack = stack
    const notFound = { code: 'user_not_found', status: 404 }
    for (const route of ['users.export', 'users.erase', 'users.erasure']) {
      await expect(ask(route, 'anna', { user: 'ben', role: 'user' })).rejects.toMatchObject(
        notFound,
      )
      await expect(ask(route, 'anna', { tenant: 'beta' })).rejects.toMatchObject(notFound)
      await expect(ask(route, 'nobody')).rejects.toMatchObject(notFound)
    }
    for (const route of ['users.export', 'users.erase', 'users.erasure']) {
      const byKey = ask(route, 'anna', { user: 'anna', role: 'user', key: 'k1' })
      await expect(byKey).rejects.toMatchObject({ code: 'not_a_user', status: 403 })
    }
    await expect(ask('users.erase', 'olga')).rejects.toMatchObject({ code: 'last_owner' })
    await expect(ask('users.erase', 'olga', { user: 'ben', role: 'admin' })).rejects.toMatchObject({
      code: 'role_not_allowed',
    })
    expect(await ask('users.erase', 'anna', { user: 'anna', role: 'user' })).toMatchObject({
      user_id: 'anna',
    })
  })
})
