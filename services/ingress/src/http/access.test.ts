import { describe, expect, test } from '@jest/globals'
import { type Access, Role } from '@sluice/contracts/access'
import { defineRoute, type Route } from '@sluice/contracts/http/route'
import { routeTable } from '@sluice/contracts/http/route-table'
import { auditQueue } from '@sluice/contracts/audit'
import { systemClock } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import { managementErrors } from '@sluice/management/errors'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { z } from 'zod'
import { chat, errorOf, eventually, get, post } from '../../test/support/client.ts'
import {
  startTestIngress,
  type TestIngress,
  type TestIngressOptions,
} from '../../test/support/test-ingress.ts'

const createThing = defineRoute({
  id: 'things.create',
  method: 'POST',
  path: '/v1/things/{id}',
  owner: 'auth',
  tag: 'Things',
  summary: 'Makes a thing',
  access: { roles: ['owner', 'admin'] },
  feature: 'THINGS',
  params: z.strictObject({ id: z.string().min(2) }),
  query: z.strictObject({ limit: z.coerce.number().int().max(10).default(5) }),
  body: z.strictObject({
    name: z.string(),
    limits: z.strictObject({ requests_per_minute: z.int() }).optional(),
  }),
  status: 201,
  reply: z.object({ id: z.string() }),
})
const platformThing = defineRoute({
  id: 'things.platform',
  method: 'PUT',
  path: '/v1/things',
  owner: 'usage',
  tag: 'Things',
  summary: 'Changes all things',
  access: { roles: ['owner'], platform: true },
  status: 204,
})
const exported = defineRoute({
  id: 'things.export',
  method: 'GET',
  path: '/v1/things/export',
  owner: 'router',
  tag: 'Things',
  summary: 'Exports things',
  access: 'authenticated',
  query: z.strictObject({ tag: z.array(z.string()).optional() }),
  status: 200,
  replyType: 'text/csv',
})
const things: readonly Route[] = [createThing, platformThing, exported]
const routes: readonly Route[] = [...routeTable, ...things]

function fill(path: string): string {
  return path.replaceAll(/\{\w+\}/g, 'abc')
}

function call(
  ingress: TestIngress,
  { method, path, body }: Pick<Route, 'method' | 'path' | 'body'>,
  key: string | null,
): Promise<Response> {
  return fetch(ingress.url + fill(path), {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: '{}' } : {}),
  })
}

const restricted = (access: Partial<Access>) => ({ keys: { restricted: access }, routes })
const key = 'restricted'
const create = { path: '/v1/things/abc', key }

describe('M-071: role × route', () => {
  const keys = Object.fromEntries(Role.options.map((role) => [role, { role }]))

  test('every row, every role: a 403 where the row does not name it, and nowhere else', async () => {
    await using ingress = await startTestIngress({ keys, routes })
    const wrong: string[] = []
    for (const route of routes) {
      for (const role of Role.options) {
        const { access } = route
        const may =
          typeof access === 'string' || (access.roles.includes(role) && access.platform !== true)
        const { status } = await call(ingress, route, role)
        if ((status === 403) === may || status === 401)
          wrong.push(`${role} ${route.id}: ${String(status)}`)
      }
    }
    expect(wrong).toEqual([])
  }, 60_000)

  test('S-1: every row but the public ones wants a credential', async () => {
    await using ingress = await startTestIngress({
      keys,
      routes,
      env: { RATE_LIMIT_ENABLED: 'false' },
    })
    const open: string[] = []
    for (const route of routes) {
      const { status } = await call(ingress, route, null)
      if ((route.access === 'public') === (status === 401))
        open.push(`${route.id}: ${String(status)}`)
    }
    expect(open).toEqual([])
  })

  test('every row is served, under each of its addresses', async () => {
    await using ingress = await startTestIngress({ keys, routes })
    const missing: string[] = []
    for (const route of routes) {
      for (const path of [route.path, ...(route.aliases ?? [])]) {
        const response = await call(ingress, { ...route, path }, 'owner')
        const text = await response.text()
        if (response.status === 405 || text.includes('"resource_not_found"')) missing.push(path)
      }
    }
    expect(missing).toEqual([])
  })

  test('who stands above tenants', async () => {
    await using ingress = await startTestIngress({
      keys: {
        above: { role: 'owner', platform: true },
        viewer: { role: 'viewer', platform: true },
      },
      routes,
    })
    expect((await call(ingress, platformThing, 'above')).status).toBe(204)
    expect((await call(ingress, platformThing, 'viewer')).status).toBe(403)
  })
})

describe('key policies', () => {
  test.each(['authorization', 'x-api-key', 'api-key'])(
    'S-8: a key for embeddings is a 403 on a chat, sent as %s',
    async (name) => {
      await using ingress = await startTestIngress(restricted({ scopes: ['/v1/embeddings'] }))
      const headers = { [name]: name === 'authorization' ? `Bearer ${key}` : key }
      for (const path of [
        '/v1/chat/completions',
        '/chat/completions',
        '/v1/messages',
        '/v1/responses/',
      ]) {
        const response = await post(ingress, chat, { path, headers, key: null })
        expect(response.status).toBe(403)
      }
      const embedding = { model: 'acme/fast', input: 'x' }
      const path = '/v1/embeddings'
      expect((await post(ingress, embedding, { path, headers, key: null })).status).toBe(200)
    },
  )

  test('M-067: a key for some addresses is a 403 from elsewhere', async () => {
    const env = { TRUST_PROXY_CIDRS: '127.0.0.0/8' }
    const ipAllow = ['10.0.0.0/8', '2001:db8::/32']
    await using ingress = await startTestIngress({ ...restricted({ ipAllow }), env })
    const from = async (address: string) =>
      (await post(ingress, chat, { key, headers: { 'x-forwarded-for': address } })).status
    expect(await from('10.1.2.3')).toBe(200)
    expect(await from('::ffff:10.1.2.3')).toBe(200)
    expect(await from('2001:db8:1::1')).toBe(200)
    expect(await from('11.1.2.3')).toBe(403)
    expect(await from('2001:db9::1')).toBe(403)
    expect(await from('10.1.2.3, 11.1.2.3')).toBe(403)
  })

  test('M-067: a list of addresses that cannot be read lets nobody in', async () => {
    await using ingress = await startTestIngress(
      restricted({ ipAllow: ['everybody', '127.0.0.1/99'] }),
    )
    expect((await post(ingress, chat, { key })).status).toBe(403)
  })

  test('S-13, M-032: what an untrusted peer says of its address is not believed', async () => {
    await using ingress = await startTestIngress(restricted({ ipAllow: ['10.0.0.0/8'] }))
    const headers = {
      'x-forwarded-for': '10.1.2.3',
      'x-real-ip': '10.1.2.3',
      forwarded: 'for=10.1.2.3',
    }
    expect((await post(ingress, chat, { key, headers })).status).toBe(403)
  })

  test.each([true, false])(
    'M-028: a key’s own body limit is a 413 (length declared: %s)',
    async (declared) => {
      await using ingress = await startTestIngress(restricted({ maxBodyBytes: 200 }))
      const body = JSON.stringify({ ...chat, padding: 'x'.repeat(200) })
      const paths = ['/v1/chat/completions', '/v1/messages/count_tokens', '/v1/things/abc']
      for (const path of paths) {
        const response = await fetch(ingress.url + path, {
          method: 'POST',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
          body: declared ? body : new Blob([body]).stream(),
          ...(declared ? {} : { duplex: 'half' }),
        } as RequestInit)
        expect([path, response.status]).toEqual([path, 413])
      }
      expect((await post(ingress, chat, { key })).status).toBe(200)
    },
  )

  test('M-074: what the licence does not include is a 403 that names it, on inference and management routes', async () => {
    await using ingress = await startTestIngress(restricted({ features: ['LLM_EMBEDDINGS'] }))
    const response = await post(ingress, chat, { key })
    expect(response.status).toBe(403)
    expect(await errorOf(response)).toMatchObject({ code: 'feature_not_licensed' })
    const thing = await post(ingress, { name: 'n' }, create)
    expect(await errorOf(thing)).toMatchObject({ code: 'feature_not_licensed' })
    const claude = await post(ingress, chat, { key, path: '/v1/messages' })
    expect(await claude.json()).toMatchObject({
      type: 'error',
      error: { type: 'permission_error' },
    })
  })
})

describe('relay', () => {
  test('the owner gets who asks, what was said and where from', async () => {
    await using ingress = await startTestIngress({
      ...restricted({}),
      env: { TRUST_PROXY_CIDRS: '127.0.0.1' },
    })
    ingress.manages = () => ({ body: { id: 'abc' } })
    const headers = { 'x-forwarded-for': '192.0.2.7', cookie: 'a=b', 'x-secret': 's' }
    const response = await post(
      ingress,
      { name: 'n' },
      { ...create, path: '/v1/things/abc?limit=7', headers },
    )
    expect([response.status, await response.json()]).toEqual([201, { id: 'abc' }])
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(ingress.managed).toEqual([
      {
        route: 'things.create',
        principal: expect.objectContaining({
          access: expect.objectContaining({ role: 'owner' }) as unknown,
        }),
        params: { id: 'abc' },
        query: { limit: '7' },
        body: { name: 'n' },
        address: '192.0.2.7',
        requestId: response.headers.get('x-request-id'),
        headers: expect.not.objectContaining({
          'x-secret': 's',
          authorization: expect.anything() as unknown,
        }),
      },
    ])
    expect(ingress.managed[0]?.headers['cookie']).toBe('a=b')
  })

  test.each([
    ['{"name":1}', '', 'name'],
    ['{}', '', 'name'],
    ['{"name":"n","limits":{"requests_per_minute":"x"}}', '', 'limits.requests_per_minute'],
    ['{"name":"n","tenant_id":"B"}', '', 'tenant_id'],
    ['{"name":"n"}', '?limit=70', 'limit'],
    ['{"name":"n"}', '?limit=1&limit=2', 'limit'],
    ['{"name":"n"}', '?limti=1', 'limti'],
    ['{"name":"n","__proto__":{"role":"owner"}}', '', '__proto__'],
    ['{"name":"n","limits":{"constructor":{}}}', '', 'limits.constructor'],
    ['{"name":"n"}', '?__proto__=1', '__proto__'],
    ['{"name":"n","name":"m"}', '', 'name'],
    [`{"name":${'['.repeat(100)}${']'.repeat(100)}}`, '', null],
    [String.raw`{"name":"a\u0000"}`, '', 'name'],
    [String.raw`{"name":"\ud800"}`, '', 'name'],
    ['{"name":"n"}', '?limit=%00', 'limit'],
    ['{"name"', '', null],
    ['[1]', '', null],
  ])('S-12, S-66, S-68, S-69, S-71: %s%s is a 400', async (body, query, param) => {
    await using ingress = await startTestIngress(restricted({}))
    const response = await post(ingress, body, { path: `/v1/things/abc${query}`, key })
    expect(response.status).toBe(400)
    expect((await errorOf(response)).param).toBe(param)
    expect(ingress.managed).toEqual([])
  })

  test('S-72: a body that is not JSON is a 415', async () => {
    await using ingress = await startTestIngress(restricted({}))
    const headers = { 'content-type': 'text/plain' }
    expect((await post(ingress, '{"name":"n"}', { ...create, headers })).status).toBe(415)
  })

  test('an owner that is away is a 503 that says when to come back', async () => {
    await using ingress = await startTestIngress(restricted({}))
    ingress.manages = () => {
      throw new GatewayError({ code: 'no_answer', status: 503, retryable: true, title: 'Away' })
    }
    const response = await post(ingress, { name: 'n' }, create)
    expect(response.status).toBe(503)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  test('what is no JSON goes out as it is, and wrong methods are a 405', async () => {
    await using ingress = await startTestIngress(restricted({}))
    ingress.manages = () => ({ body: 'a,b\n', headers: { 'content-disposition': 'attachment' } })
    const response = await get(ingress, '/v1/things/export', { key })
    expect(response.headers.get('content-type')).toBe('text/csv')
    expect(response.headers.get('content-disposition')).toBe('attachment')
    expect(await response.text()).toBe('a,b\n')
    const wrong = await get(ingress, '/v1/things/abc', { key, method: 'DELETE' })
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST'])
  })

  test('who is refused, by the edge or by an owner, is in the audit log, once a minute, with the thing and the reason', async () => {
    await using audited = await startAudited()
    const { ingress, entries } = audited
    ingress.manages = () => {
      throw new GatewayError(managementErrors.permission_denied, undefined, { param: 'role' })
    }
    for (const each of ['viewer', 'viewer', key]) {
      expect((await post(ingress, { name: 'n' }, { ...create, key: each })).status).toBe(403)
    }
    const token = { method: 'DELETE', key: 'viewer' }
    for (const id of ['k_one', 'k_two', 'k_two'])
      expect((await get(ingress, `/v1/tokens/${id}`, token)).status).toBe(403)
    await eventually(() => entries.length === 4)
    const denied = (more: object): unknown =>
      expect.objectContaining({ outcome: 'denied', ...more })
    const role = (name: string): unknown => expect.objectContaining({ role: name })
    expect(entries).toEqual([
      denied({
        action: 'things.create',
        actor: role('viewer'),
        address: '127.0.0.1',
        target: '/v1/things/abc',
        after: { reason: 'permission_denied' },
      }),
      denied({
        action: 'things.create',
        actor: role('owner'),
        after: { reason: 'permission_denied', param: 'role' },
      }),
      denied({ action: 'tokens.revoke', target: 'token:k_one' }),
      denied({ action: 'tokens.revoke', target: 'token:k_two' }),
    ])
  })

  test('of one credential 30 refusals a minute are entries, and one more says how many came beyond', async () => {
    const clock = createManualAfter()
    await using audited = await startAudited({ clock })
    const { ingress, entries } = audited
    for (let i = 0; i < 33; i += 1)
      await get(ingress, `/v1/tokens/k_${String(i)}`, { method: 'DELETE', key: 'viewer' })
    await eventually(() => entries.length === 30)
    clock.fire()
    await eventually(() => entries.length === 31)
    expect(entries.at(-1)).toMatchObject({ outcome: 'denied', after: { more_attempts: 3 } })
  })

  test('addresses are case-sensitive, whoever serves them', async () => {
    await using ingress = await startTestIngress(restricted({}))
    for (const path of ['/V1/EMBEDDINGS', '/V1/CHAT/completions', '/V1/TOKENS'])
      expect((await post(ingress, {}, { path, key })).status).toBe(404)
    expect((await get(ingress, '/v1/MODELS', { key })).status).toBe(404)
  })
})

/** Whoever waits a minute is called by hand. */
function createManualAfter() {
  const waiting: (() => void)[] = []
  return {
    ...systemClock,
    after(ms: number, callback: () => void) {
      if (ms > 50_000 && ms <= 60_000) waiting.push(callback)
      return systemClock.after(ms, callback)
    },
    fire() {
      for (const callback of waiting.splice(0)) callback()
    },
  }
}

async function startAudited(options: TestIngressOptions = {}) {
  const stack = new AsyncDisposableStack()
  const queue = stack.use(createMemoryWorkQueue({ clock: systemClock }))
  const entries: unknown[] = []
  stack.use(
    await queue.consume(auditQueue, { group: 'auth', concurrency: 1 }, async (job) => {
      entries.push(job.payload)
    }),
  )
  const keys = { [key]: {}, viewer: { role: 'viewer' as const } }
  const ingress = stack.use(await startTestIngress({ keys, routes, queue, ...options }))
  return { ingress, entries, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}
