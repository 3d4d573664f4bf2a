import { connect } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { killReplica, readCluster } from './support/cluster.ts'
import { errorOf, eventually, gatewayUnderTest } from './support/gateway.ts'
import { postgresLedgers } from './support/ledgers.ts'
import { ownFolder, startGateway } from './support/own-gateway.ts'

const { mode, apis, key: adminKey } = gatewayUnderTest()
const [api = ''] = apis

/** Whoever asks a gateway: one of the lane's, or one of the test's own. */
interface Admin {
  readonly api: string
  readonly key: string
}
const shared: Admin = { api, key: adminKey }

async function manage<Reply>(
  { api, key }: Admin,
  method: string,
  path: string,
  body?: unknown,
): Promise<Reply> {
  const response = await fetch(api + path, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${String(response.status)} ${text}`)
  return JSON.parse(text) as Reply
}

interface Token {
  readonly id: string
  readonly key: string
}
function createToken(admin: Admin, settings: object): Promise<Token> {
  return manage(admin, 'POST', '/v1/tokens', { name: 'limits', role: 'admin', ...settings })
}

/** Its questions are free, and each token of an answer costs 0.00001 USD: what `max_tokens` says is what a call costs. */
const exact = 'limits/exact'
async function addExactModel(admin: Admin): Promise<void> {
  await manage(admin, 'POST', '/v1/providers/demo/models', {
    name: exact,
    upstream_model: 'demo/chat',
    price: { input: 0, output: 10 },
  }).catch((error: unknown) => {
    if (!String(error).includes('name_taken')) throw error
  })
  await eventually('the model is served', async () => {
    const { status } = await chat(admin.api, admin.key, { max_tokens: 1 })
    return status === 200 ? true : undefined
  })
}

async function chat(
  at: string,
  key: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<Response> {
  const response = await fetch(`${at}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: exact, messages: [{ role: 'user', content: 'Hi' }], ...body }),
  })
  return response
}

/** As many calls, so many at once, over all addresses in turn. Gives how often each status came. */
async function flood(
  count: number,
  atOnce: number,
  addresses: readonly string[],
  key: string,
): Promise<Record<number, number>> {
  const statuses: Record<number, number> = {}
  let next = 0
  const worker = async () => {
    while (next < count) {
      const at = addresses[next % addresses.length] ?? ''
      next += 1
      const response = await chat(at, key, { max_tokens: 1 })
      await response.arrayBuffer()
      statuses[response.status] = (statuses[response.status] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return statuses
}

interface BudgetStatus {
  readonly used_usd: string | number
  readonly reserved_usd: string | number | null
  readonly max_usd: string | number
}
async function budgetOf(admin: Admin, token: Token): Promise<BudgetStatus> {
  const { data } = await manage<{ data: BudgetStatus[] }>(
    { api: admin.api, key: token.key },
    'GET',
    '/v1/budgets/status',
  )
  const [status] = data
  if (status === undefined) throw new Error('the key has no budget')
  return status
}

describe('limits', () => {
  test('M-244 a fixed window of 100: of 500 calls at once, over all addresses, exactly 100 pass', async () => {
    await addExactModel(shared)
    const token = await createToken(shared, {})
    const policy = { name: 'a hundred', scope: 'key', target: token.id, metric: 'requests' }
    await manage(shared, 'POST', '/v1/policies', { ...policy, window: 'day', max: 100 })
    expect(await flood(500, 100, apis, token.key)).toEqual({ 200: 100, 429: 400 })
    const refused = await chat(api, token.key, { max_tokens: 1 })
    expect(refused.headers.get('ratelimit-limit')).toBe('100')
    expect(refused.headers.get('ratelimit-remaining')).toBe('0')
    expect((await errorOf(refused)).message).toContain('"a hundred"')
  }, 60_000)

  test('B-03 a place among the calls at once is held to the end of the stream', async () => {
    const token = await createToken(shared, { limits: { concurrency: 1 } })
    const slow = { 'x-demo-tokens': '15', 'x-demo-interval-ms': '100' }
    const stream = await chat(api, token.key, { stream: true, model: 'demo/chat' }, slow)
    const reader = stream.body?.getReader()
    await reader?.read()
    const other = apis.at(-1) ?? ''
    expect((await chat(other, token.key, { max_tokens: 1 })).status).toBe(429)
    while (!(await reader?.read())?.done);
    await eventually('the place is free', async () => {
      const { status } = await chat(other, token.key, { max_tokens: 1 })
      return status === 200 ? true : undefined
    })
  }, 30_000)

  test('M-243 tokens are reserved by max_tokens and settled by what was used', async () => {
    const token = await createToken(shared, { limits: { tokens_per_minute: 1_000 } })
    const first = await chat(api, token.key, { max_tokens: 900 }, { 'x-demo-tokens': '3' })
    expect(first.status).toBe(200)
    await first.text()
    const second = await chat(api, token.key, { max_tokens: 900 }, { 'x-demo-tokens': '3' })
    expect(second.status).toBe(200)
    expect(Number(second.headers.get('ratelimit-remaining'))).toBeLessThan(100)
    expect((await chat(api, token.key, { max_tokens: 5_000 })).status).toBe(400)
  }, 30_000)

  test('M-245 calls of exactly 0.00001 USD against 0.01 USD: exactly 1,000 pass, and the budget is spent to the unit', async () => {
    const token = await createToken(shared, { budget: { usd: 0.01, window: 'month' } })
    expect(await flood(1_300, 50, apis, token.key)).toEqual({ 200: 1_000, 429: 300 })
    const refused = await chat(api, token.key, { max_tokens: 1 })
    expect((await errorOf(refused)).code).toBe('budget_exceeded')
    const status = await eventually('everything is settled', async () => {
      const found = await budgetOf(shared, token)
      return Number(found.reserved_usd) === 0 ? found : undefined
    })
    expect(Number(status.used_usd)).toBe(0.01)
  }, 120_000)
})

if (mode === 'distributed') {
  test('M-245 S-139 Redis flushed between reserve and settle: enforced again from the ledger, and nothing is overspent', async () => {
    await using folder = await ownFolder('limits')
    const redis = new URL(readCluster().stores.redis)
    // A database of its own on the same server: what else runs there keeps its data.
    const env = { REDIS_URL: `redis://${redis.host}/7` }
    await using gateway = await startGateway({ dir: folder.path, env })
    const admin = { api: gateway.api, key: gateway.key }
    await addExactModel(admin)
    const token = await createToken(admin, { budget: { usd: 0.0002, window: 'month' } })
    const pass = async (count: number, max_tokens: number) => {
      for (let i = 0; i < count; i += 1)
        expect((await chat(admin.api, token.key, { max_tokens })).status).toBe(200)
    }
    await eventually('counters may be seeded', async () => {
      const { status } = await chat(admin.api, token.key, { max_tokens: 1 })
      return status === 200 ? true : undefined
    })
    await pass(9, 1)
    const slow = { 'x-demo-tokens': '8', 'x-demo-interval-ms': '150' }
    const stream = await chat(admin.api, token.key, { stream: true, max_tokens: 8 }, slow)
    await stream.body?.getReader().read()
    await flush(redis, 7)
    const statuses: number[] = []
    await eventually(
      'the budget is enforced again',
      async () => {
        const { status } = await chat(admin.api, token.key, { max_tokens: 1 })
        statuses.push(status)
        return status === 429 ? true : undefined
      },
      40_000,
    )
    expect(new Set(statuses)).toEqual(new Set([503, 200, 429]))
    await eventually('nothing is reserved', async () => {
      const { used_usd, reserved_usd } = await budgetOf(admin, token)
      return Number(reserved_usd) === 0 && Number(used_usd) <= 0.0002 ? true : undefined
    })
  }, 90_000)

  test('M-245 a provider-adapter killed during settlement: billed and settled once', async () => {
    await addExactModel(shared)
    const token = await createToken(shared, { budget: { usd: 1, window: 'month' } })
    const kill = killReplica('provider-adapter', 0)
    const statuses = await flood(300, 40, apis, token.key)
    await kill
    expect(statuses[200]).toBeGreaterThan(200)
    const billed = async () => {
      const { customer } = await postgresLedgers(readCluster().stores.postgres)
      const own = customer.filter((row) => row.key_id === token.id)
      return own.reduce((sum, row) => sum + row.amount_nano_usd, 0)
    }
    await eventually(
      'what the budget has used is what the ledger has',
      async () => {
        const { used_usd, reserved_usd } = await budgetOf(shared, token)
        const isSettled = Number(reserved_usd) === 0
        return isSettled && Math.round(Number(used_usd) * 1e9) === (await billed())
          ? true
          : undefined
      },
      30_000,
    )
  }, 90_000)
}

/** Without a client of its own: two lines. */
async function flush({ hostname, port }: URL, database: number): Promise<void> {
  const socket = connect({ host: hostname, port: Number(port) })
  socket.write(`SELECT ${String(database)}\r\nFLUSHDB\r\n`)
  let said = ''
  for await (const piece of socket) {
    said += String(piece)
    if (said.split('+OK').length === 3) break
  }
}
