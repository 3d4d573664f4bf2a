import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { repository } from '../tools/src/repository.ts'
import { readCluster } from './support/cluster.ts'
import { errorOf, eventually, gatewayUnderTest } from './support/gateway.ts'

const { apis, key: root, mode } = gatewayUnderTest()
const [api = ''] = apis

type Json = Record<string, unknown>

/** One call of a management route. */
async function manage(
  path: string,
  { key = root, method = 'GET', body }: { key?: string; method?: string; body?: Json } = {},
): Promise<{ readonly status: number; readonly body: Json }> {
  const response = await fetch(api + path, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Json) }
}

async function mint(
  body: Json,
  key = root,
): Promise<{ readonly id: string; readonly key: string }> {
  const made = await manage('/v1/tokens', { method: 'POST', key, body: { name: 'e2e', ...body } })
  expect(made).toMatchObject({ status: 201 })
  expect(Object.keys(made.body).toSorted()).toEqual(['id', 'key'])
  return made.body as { id: string; key: string }
}

/** An inference call with the key in the header of that name. */
function call(
  key: string,
  { at = api, path = '/v1/chat/completions', header = 'authorization', model = 'demo/chat' } = {},
): Promise<Response> {
  const input =
    path === '/v1/embeddings' ? { input: 'x' } : { messages: [{ role: 'user', content: 'x' }] }
  return fetch(at + path, {
    method: 'POST',
    headers: {
      [header]: header === 'authorization' ? `Bearer ${key}` : key,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ model, ...input }),
  })
}

async function statusOf(response: Promise<Response>): Promise<number> {
  const { status, body } = await response
  await body?.cancel()
  return status
}

/** Ms until every edge refuses the key. */
async function refusedEverywhere(key: string): Promise<number> {
  const from = performance.now()
  for (const at of apis)
    await eventually('the key to be refused', async () =>
      (await statusOf(call(key, { at }))) === 401 ? true : undefined,
    )
  return performance.now() - from
}

describe('a key', () => {
  test('M-066, S-7: is made, works at every edge, and is refused everywhere within 5 s of its revocation', async () => {
    const { id, key } = await mint({})
    for (const at of apis) expect(await statusOf(call(key, { at }))).toBe(200)
    expect((await manage(`/v1/tokens/${id}`, { method: 'DELETE' })).status).toBe(200)
    expect(await refusedEverywhere(key)).toBeLessThan(5_000)
    expect((await errorOf(await call(key))).code).toBe('invalid_api_key')
  })

  test('S-8: for other routes is a 403, in whatever header it comes', async () => {
    const { key } = await mint({ scopes: ['/v1/embeddings'] })
    for (const header of ['authorization', 'x-api-key', 'api-key']) {
      expect(await statusOf(call(key, { header }))).toBe(403)
      expect(
        await statusOf(call(key, { header, path: '/v1/embeddings', model: 'demo/embed' })),
      ).toBe(200)
    }
    expect((await manage('/v1/tokens', { key })).status).toBe(403)
  })

  test('M-067: for other models and other addresses is a 403', async () => {
    const { key } = await mint({ models: ['demo/chat'] })
    expect(await statusOf(call(key))).toBe(200)
    expect(await statusOf(call(key, { model: 'demo/chat:slow' }))).toBe(403)
    const elsewhere = await mint({ ip_allow: ['10.0.0.0/8'] })
    expect(await statusOf(call(elsewhere.key))).toBe(403)
    const here = await mint({ ip_allow: ['127.0.0.0/8', '::1/128'] })
    expect(await statusOf(call(here.key))).toBe(200)
  })

  test('S-7: is refused from the moment it expires', async () => {
    const { key } = await mint({ expires_at: new Date(Date.now() + 1_500).toISOString() })
    expect(await statusOf(call(key))).toBe(200)
    expect(await refusedEverywhere(key)).toBeLessThan(5_000)
  })

  test('S-11, S-12: makes none that may more, and none from what is not known', async () => {
    const { key } = await mint({
      scopes: ['/v1/tokens', '/v1/chat/*'],
      budget: { usd: 1, window: 'day' },
    })
    const tries = [
      [{ scopes: ['/v1/tenants'] }, 403],
      [{ role: 'owner' }, 403],
      [{ budget: { usd: 2, window: 'day' } }, 403],
      [{ project: 'another' }, 403],
      [{ tenant_id: 'b' }, 400],
      [{ models: 'demo/*' }, 400],
    ] as const
    for (const [body, status] of tries) {
      const made = await manage('/v1/tokens', { method: 'POST', key, body: { name: 'x', ...body } })
      expect([body, made.status]).toEqual([body, status])
    }
    const child = await mint({}, key)
    expect(await statusOf(call(child.key))).toBe(200)
    expect(await statusOf(call(child.key, { path: '/v1/embeddings', model: 'demo/embed' }))).toBe(
      403,
    )
  })

  test('M-243: counts against its own limits, and the third call in a minute of two is a 429 that names it', async () => {
    const { key } = await mint({ name: 'two', limits: { requests_per_minute: 2 } })
    // All in one window: a minute has a beginning.
    const untilNext = 60_000 - (Date.now() % 60_000)
    if (untilNext < 3_000) await new Promise((resolve) => setTimeout(resolve, untilNext))
    expect(await statusOf(call(key))).toBe(200)
    expect(await statusOf(call(key))).toBe(200)
    const third = await call(key)
    expect(third.status).toBe(429)
    expect((await errorOf(third)).message).toContain('key two: requests a minute')
  })
})

describe('a tenant', () => {
  test('S-7, S-28: has keys of its own, sees nothing of others, and is refused as a whole', async () => {
    const id = `t-${String(Date.now())}`
    const made = await manage('/v1/tenants', { method: 'POST', body: { id } })
    expect(made.status).toBe(201)
    const key = String(made.body['key'])
    expect(await statusOf(call(key))).toBe(200)
    const { id: foreign } = await mint({})
    expect((await manage(`/v1/tokens/${foreign}`, { key })).status).toBe(404)
    expect((await manage(`/v1/tokens/${foreign}`, { key, method: 'DELETE' })).status).toBe(404)
    expect((await manage('/v1/tenants', { key })).status).toBe(403)
    await manage(`/v1/tenants/${id}`, { method: 'PATCH', body: { status: 'disabled' } })
    expect(await refusedEverywhere(key)).toBeLessThan(5_000)
  })

  test('M-074: a flag that is taken out of its licence is a 403 within seconds, without a restart', async () => {
    const id = `f-${String(Date.now())}`
    const made = await manage('/v1/tenants', { method: 'POST', body: { id } })
    const key = String(made.body['key'])
    const path = '/v1/embeddings'
    expect(await statusOf(call(key, { path, model: 'demo/embed' }))).toBe(200)
    const features = ['LLM_CHAT']
    await manage(`/v1/tenants/${id}`, { method: 'PATCH', body: { features } })
    const refused = await eventually('the refusal', async () => {
      const response = await call(key, { path, model: 'demo/embed' })
      return response.status === 200 ? undefined : response
    })
    expect(refused.status).toBe(403)
    expect((await errorOf(refused)).code).toBe('feature_not_licensed')
    expect(await statusOf(call(key))).toBe(200)
  })
})

// Embedded, the database is the running gateway's alone: there the command line works while it is stopped.
const clusterOnly = mode === 'distributed' ? test : test.skip

clusterOnly(
  'M-291, M-066: the command line makes a key that works, and revokes it everywhere within 5 s',
  async () => {
    const sluice = async (...args: string[]) => {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [
          '--conditions=@sluice/source',
          '--disable-warning=ExperimentalWarning',
          join(repository, 'apps/cli/src/main.ts'),
          '--json',
          ...args,
        ],
        { env: { PATH: process.env['PATH'], DATABASE_URL: readCluster().stores.postgres } },
      )
      return JSON.parse(stdout) as Json
    }
    const { id, key } = await sluice(
      'token',
      'create',
      '--name',
      'by hand',
      '--models',
      'demo/chat',
    )
    expect(await statusOf(call(String(key)))).toBe(200)
    expect(await statusOf(call(String(key), { model: 'demo/other' }))).toBe(403)
    await sluice('token', 'revoke', String(id))
    expect(await refusedEverywhere(String(key))).toBeLessThan(5_000)
  },
)
