import { expect, test } from '@jest/globals'
import { fullAccess } from '@sluice/contracts/access'
import { Caller } from '@sluice/contracts/caller'
import { defineRoute, type Route } from '@sluice/contracts/http/route'
import { manage, type ManagementCall } from '@sluice/contracts/rpc/manage'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { systemClock } from '@sluice/kernel/clock'
import { defineErrors, GatewayError, kernelErrors } from '@sluice/kernel/errors'
import { callRpc } from '@sluice/work-queue/rpc'
import { z } from 'zod'
import { type AuditedChange, handle, serveManagement } from './serve-management.ts'
import { type OnUndeclared, refuseUndeclared } from './undeclared.ts'

const createThing = defineRoute({
  id: 'things.create',
  method: 'POST',
  path: '/v1/things/{id}',
  owner: 'auth',
  tag: 'Things',
  summary: 'Makes a thing',
  access: { roles: ['owner'] },
  feature: 'THINGS',
  params: z.strictObject({ id: z.string().min(2) }),
  query: z.strictObject({ limit: z.coerce.number().int().max(10).default(5) }),
  body: z.strictObject({ name: z.string(), limits: z.strictObject({ rpm: z.int() }).optional() }),
  status: 201,
  reply: z.object({ id: z.string(), limit: z.number() }),
})
const readThing = defineRoute({
  id: 'things.read',
  method: 'GET',
  path: '/v1/things',
  owner: 'auth',
  tag: 'Things',
  summary: 'Shows things',
  access: 'public',
  status: 200,
  reply: z.object({ public: z.boolean() }),
})
const failingThing = defineRoute({ ...readThing, errors: ['named'] })
const routes: readonly Route[] = [createThing, readThing]

const caller = Caller.parse({
  tenantId: 't',
  projectId: 'p',
  keyId: 'k',
  keyName: 'k',
  models: null,
})
const good: ManagementCall = {
  route: 'things.create',
  principal: { caller, access: fullAccess },
  params: { id: 'abc' },
  query: {},
  body: { name: 'n' },
  address: '192.0.2.1',
  requestId: 'r1',
  headers: {},
}

async function start(
  reply: (id: string, limit: number) => unknown = (id, limit) => ({ id, limit }),
) {
  const audited: AuditedChange[] = []
  const queue = createMemoryWorkQueue({ clock: systemClock })
  const served = await serveManagement({
    queue,
    owner: 'auth',
    routes,
    handlers: [
      handle(createThing, ({ params, query }) =>
        Promise.resolve({
          body: reply(params.id, query.limit) as { id: string; limit: number },
          audit: { target: params.id },
        }),
      ),
      handle(readThing, ({ principal }) =>
        Promise.resolve({ body: { public: principal === null } }),
      ),
    ],
    audit: (_call, change) => Promise.resolve(void audited.push(change)),
  })
  return {
    audited,
    ask: (call: Partial<ManagementCall>) =>
      callRpc(queue, manage.auth, { ...good, ...call }, { timeoutMs: 1_000 }),
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]()
      await queue[Symbol.asyncDispose]()
    },
  }
}

test('a handler gets what its row describes, defaults and numbers included', async () => {
  await using server = await start()
  expect(await server.ask({})).toMatchObject({ body: { id: 'abc', limit: 5 } })
  expect(await server.ask({ query: { limit: '7' } })).toMatchObject({ body: { limit: 7 } })
})

test('a change that was made is audited, a refused one is not', async () => {
  await using server = await start()
  await expect(server.ask({ body: {} })).rejects.toMatchObject({ status: 400 })
  expect(server.audited).toEqual([])
  await server.ask({})
  expect(server.audited).toEqual([{ target: 'abc' }])
})

test.each([
  [{ body: { name: 'n', limits: { rpm: 'x' } } }, 'limits.rpm'],
  [{ body: { name: 'n', limits: { rpm: 1, rpn: 1 } } }, 'limits.rpn'],
  [{ body: { name: 'n', tenant_id: 'B' } }, 'tenant_id'],
  [{ body: {} }, 'name'],
  [{ query: { limit: '70' } }, 'limit'],
  [{ query: { limt: '7' } }, 'limt'],
  [{ params: { id: 'a' } }, 'id'],
])('M-025, S-12: what reaches the bus is validated by the row: %j', async (call, param) => {
  await using server = await start()
  await expect(server.ask(call)).rejects.toMatchObject({
    code: 'invalid_request',
    status: 400,
    param,
  })
})

test('S-16: what reaches the bus is authorised by the row', async () => {
  await using server = await start()
  const as = (access: Partial<typeof fullAccess>) => ({
    principal: { caller, access: { ...fullAccess, ...access } },
  })
  await expect(server.ask({ principal: null })).rejects.toMatchObject({ status: 401 })
  await expect(server.ask(as({ role: 'viewer' }))).rejects.toMatchObject({ status: 403 })
  await expect(server.ask(as({ features: [] }))).rejects.toMatchObject({
    code: 'feature_not_licensed',
    status: 403,
  })
  expect(
    await server.ask({ route: 'things.read', principal: null, params: {}, body: null }),
  ).toMatchObject({
    body: { public: true },
  })
})

test('a reply holds what its row describes and nothing else', async () => {
  await using leaking = await start((id, limit) => ({ id, limit, secret: 's' }))
  expect((await leaking.ask({})).body).toEqual({ id: 'abc', limit: 5 })
  await using broken = await start(() => ({}))
  await expect(broken.ask({})).rejects.toMatchObject({ status: 500 })
})

test('a code that the row does not name is told of, and refused where tests say so', async () => {
  const told: string[] = []
  const failing = async (code: string, onUndeclared: OnUndeclared) => {
    await using queue = createMemoryWorkQueue({ clock: systemClock })
    const table = defineErrors({ [code]: { status: 409, retryable: false, title: code } })
    await using _served = await serveManagement({
      queue,
      owner: 'auth',
      routes: [failingThing],
      handlers: [
        handle(failingThing, () =>
          Promise.reject(new GatewayError(table[code] ?? kernelErrors.internal_error)),
        ),
      ],
      audit: () => Promise.resolve(),
      onUndeclared,
    })
    const call = { ...good, route: 'things.read', params: {}, body: null }
    return await callRpc(queue, manage.auth, call, { timeoutMs: 1_000 })
  }
  const tell: OnUndeclared = (route, code) => told.push(`${route} ${code}`)
  await expect(failing('named', tell)).rejects.toMatchObject({ code: 'named' })
  await expect(failing('invalid_request', tell)).rejects.toMatchObject({ code: 'invalid_request' })
  expect(told).toEqual([])
  await expect(failing('unheard_of', tell)).rejects.toMatchObject({ code: 'unheard_of' })
  expect(told).toEqual(['things.read unheard_of'])
  await expect(failing('unheard_of', refuseUndeclared)).rejects.toMatchObject({ status: 500 })
})

test('a route of a newer edge is a 503', async () => {
  await using server = await start()
  await expect(server.ask({ route: 'things.delete' })).rejects.toMatchObject({
    status: 503,
    retryable: true,
  })
})

test('rows and handlers are the same set', async () => {
  await using queue = createMemoryWorkQueue({ clock: systemClock })
  const read = handle(readThing, () => Promise.resolve({ body: { public: true } }))
  const serving = (
    handlers: Parameters<typeof serveManagement>[0]['handlers'],
    rows: readonly Route[],
  ) =>
    serveManagement({
      queue,
      owner: 'auth',
      routes: rows,
      handlers,
      audit: () => Promise.resolve(),
    })
  await expect(serving([], [readThing])).rejects.toThrow('things.read has no handler')
  await expect(serving([read], [])).rejects.toThrow('things.read is not in the route table')
  await expect(serving([read, read], [readThing])).rejects.toThrow('two handlers')
})
