import { describe, expect, test } from '@jest/globals'
import type { Limit } from '@sluice/contracts/limits'
import type { ListedModel } from '@sluice/contracts/rpc/router'
import { readCounts } from '@sluice/contracts/rpc/usage'
import { systemClock } from '@sluice/kernel/clock'
import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { serveRpc } from '@sluice/work-queue/rpc'
import { chat, errorOf, post } from '../../test/support/client.ts'
import {
  listed,
  startTestIngress,
  type TestIngressOptions,
} from '../../test/support/test-ingress.ts'

const key = 'key-with-limits-for-the-tests-of-limits'
const limit = (more: Partial<Limit>): Limit => ({
  id: 'l1',
  name: 'ci',
  scope: 'key',
  metric: 'requests',
  window: 'minute',
  max: 2,
  models: null,
  durable: false,
  ...more,
})
const perMinute = limit({})
const perTenant = limit({ id: 't1', name: 'whole tenant', scope: 'tenant', max: 100 })
const budget = limit({ id: 'b1', name: 'month', metric: 'cost', window: 'month', durable: true })

/** One token of its answers is 0.00001 USD. */
const priced: ListedModel = {
  id: 'acme/priced',
  ownedBy: 'acme',
  created: 1_700_000_000,
  capabilities: {},
  price: { input: '0', output: '10' },
  maxOutputTokens: null,
}
const pricedChat = { ...chat, model: 'acme/priced', max_tokens: 1 }

async function startLimited(limits: readonly Limit[], options: TestIngressOptions = {}) {
  const shift = { ms: 0 }
  const ledger = { used: 0, asked: 0, away: false }
  const queue = createMemoryWorkQueue({ clock: systemClock })
  const stack = new AsyncDisposableStack()
  stack.use(queue)
  stack.use(
    await serveRpc(queue, readCounts, async (request) => {
      if (ledger.away) throw new GatewayError(kernelErrors.dependency_unavailable)
      ledger.asked += 1
      return { used: Object.fromEntries(request.limits.map(({ id }) => [id, ledger.used])) }
    }),
  )
  const clock = { ...systemClock, now: () => systemClock.now() + shift.ms }
  const ingress = stack.use(
    await startTestIngress({
      clock,
      queue,
      keys: { [key]: { limits: [...limits] } },
      listed: [...listed, priced],
      ...options,
    }),
  )
  const call = (body: unknown = chat, headers: Record<string, string> = {}, path?: string) =>
    post(ingress, body, { key, headers, ...(path ? { path } : {}) })
  return { ingress, call, shift, ledger, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5))
}

const statusesOf = async (count: number, call: () => Promise<Response>) => {
  const statuses: number[] = []
  for (let i = 0; i < count; i += 1) statuses.push((await call()).status)
  return statuses
}

describe('limits at the edge', () => {
  test('M-243 M-031 a key of 2 a minute in a tenant of 100: the third call is a 429 that names the limit; who waits as told is let in', async () => {
    await using limited = await startLimited([perTenant, perMinute])
    const first = await limited.call()
    expect(first.status).toBe(200)
    expect(first.headers.get('ratelimit-limit')).toBe('2')
    expect(first.headers.get('ratelimit-remaining')).toBe('1')
    expect(Number(first.headers.get('ratelimit-reset'))).toBeLessThanOrEqual(60)
    expect(first.headers.get('ratelimit-policy')).toBe('"ci";q=2;w=60;qu="requests"')
    await limited.call()
    const third = await limited.call()
    expect(third.status).toBe(429)
    expect(third.headers.get('ratelimit-remaining')).toBe('0')
    const error = await errorOf(third)
    expect(error.code).toBe('rate_limit_exceeded')
    expect(error.message).toMatch(/"ci" allows 2 requests a minute: 0 remaining, resets at .*Z/)

    const wait = Number(third.headers.get('retry-after'))
    expect(wait).toBe(Number(third.headers.get('ratelimit-reset')))
    limited.shift.ms += wait * 1_000
    expect((await limited.call()).status).toBe(200)
  })

  test('M-244 a refused call counts nowhere: the limit that has room keeps it', async () => {
    await using limited = await startLimited([perTenant, perMinute])
    expect(await statusesOf(5, () => limited.call())).toEqual([200, 200, 429, 429, 429])
    const { startsAt } = { startsAt: Math.floor(systemClock.now() / 60_000) * 60_000 }
    const { generations } = limited.ingress
    const counts = await generations.readCounts('default' as never, [`t1:${String(startsAt)}`])
    expect(counts).toEqual([{ used: 2, reserved: 0 }])
  })

  test('B-03 a slot of calls at once is held to the end of the stream, and free after it', async () => {
    const open = Promise.withResolvers<void>()
    await using limited = await startLimited(
      [limit({ metric: 'concurrency', window: null, max: 1 })],
      {
        script: async (work) => {
          await work.publish('{"choices":[{"delta":{"content":"a"}}]}')
          await open.promise
          await work.complete('[DONE]')
        },
      },
    )
    const stream = await limited.call({ ...chat, stream: true })
    expect(stream.status).toBe(200)
    const refused = await limited.call()
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('5')
    expect((await errorOf(refused)).message).toContain('allows 1 calls at once')
    open.resolve()
    await stream.text()
    expect((await limited.call()).status).toBe(200)
  })

  test('B-02 M-245 money is reserved by the price and max_tokens, exactly; a spent budget is a 429 that a free model passes', async () => {
    const open = Promise.withResolvers<void>()
    await using limited = await startLimited([{ ...budget, max: 25_000 }], {
      script: async (work) => {
        await open.promise
        await work.complete('{}')
      },
    })
    const running = [limited.call(pricedChat), limited.call(pricedChat)]
    await until(async () => (await limited.ingress.generations.depths()).running === 2)
    const third = await limited.call(pricedChat)
    expect(third.status).toBe(429)
    const error = await errorOf(third)
    expect([error.code, error.type]).toEqual(['budget_exceeded', 'insufficient_quota'])
    expect(error.message).toMatch(/allows 0\.000025 USD a month: 0\.000005 remaining/)
    expect(third.headers.get('ratelimit-policy')).toContain('qu="nano-usd"')
    const free = limited.call()
    open.resolve()
    expect((await free).status).toBe(200)
    for (const each of running) expect((await each).status).toBe(200)
  }, 20_000)

  test('B-02 S-139 a budget that nobody has counted begins with the ledger; without it the call is a 503, never let through', async () => {
    await using limited = await startLimited([{ ...budget, max: 25_000 }])
    limited.ledger.away = true
    expect((await limited.call(pricedChat)).status).toBe(503)
    limited.ledger.away = false
    limited.ledger.used = 20_000
    const refused = await limited.call(pricedChat)
    expect(refused.status).toBe(429)
    expect(limited.ledger.asked).toBe(1)
  })

  test('calls that come at once ask the ledger once, and a counter in use is raised to it from time to time', async () => {
    let monotonic = 0
    await using limited = await startLimited([{ ...budget, max: 1_000_000 }], {
      monotonic: () => monotonic,
    })
    const statuses = await Promise.all(
      Array.from({ length: 10 }, async () => (await limited.call(pricedChat)).status),
    )
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(limited.ledger.asked).toBe(1)
    limited.ledger.used = 1_000_000
    monotonic += 11_000
    await until(async () => (await limited.call(pricedChat)).status === 429)
    expect(limited.ledger.asked).toBe(2)
  })

  test('M-250 a call that no empty window holds is a 400 before anything is called', async () => {
    await using limited = await startLimited([limit({ metric: 'tokens', max: 50 })])
    const answer = await limited.call({ ...chat, max_tokens: 1_000 })
    expect(answer.status).toBe(400)
    expect(answer.headers.get('x-should-retry')).toBe('false')
    const { code, message } = await errorOf(answer)
    expect(code).toBe('limit_too_small')
    expect(message).toContain('allows 50 tokens a minute')
    expect(message).toContain('waiting does not help')
    expect(message).not.toContain('resets at')
    expect(answer.headers.get('ratelimit-limit')).toBe('50')
    expect(answer.headers.get('ratelimit-reset')).toBeNull()
    const fits = await limited.call({ ...chat, max_tokens: 5 })
    expect(fits.status).toBe(200)
    expect(fits.headers.get('ratelimit-reset')).not.toBeNull()
  })

  test('money that one call is dearer than, however long it waits: no hint at when it resets', async () => {
    await using limited = await startLimited([{ ...budget, max: 5_000 }])
    const answer = await limited.call(pricedChat)
    expect(answer.status).toBe(429)
    expect(answer.headers.get('x-should-retry')).toBe('false')
    expect(answer.headers.get('retry-after')).toBeNull()
    expect(answer.headers.get('ratelimit-reset')).toBeNull()
    const { code, message } = await errorOf(answer)
    expect(code).toBe('budget_exceeded')
    expect(message).toContain('waiting does not help')
    expect(message).not.toContain('resets at')
  })

  test('limits count the models that they are for, and those of scope model each model by itself', async () => {
    await using limited = await startLimited([
      limit({ max: 1, models: ['other/*'] }),
      limit({ id: 'm1', scope: 'model', max: 2 }),
    ])
    const other = { ...chat, model: 'other/slow' }
    expect(await statusesOf(3, () => limited.call(chat))).toEqual([200, 200, 429])
    expect(await statusesOf(2, () => limited.call(other))).toEqual([200, 429])
  })

  test('a refusal is in the dialect of the route', async () => {
    await using limited = await startLimited([{ ...perMinute, max: 0 }])
    const body = { model: 'acme/fast', max_tokens: 5, messages: chat.messages }
    const answer = await limited.call(body, {}, '/v1/messages')
    expect(answer.status).toBe(429)
    expect(await answer.json()).toMatchObject({
      type: 'error',
      error: { type: 'rate_limit_error', message: expect.stringContaining('"ci"') },
    })
    expect(answer.headers.get('x-should-retry')).toBe('false')
  })

  test('a key without limits has no header of them', async () => {
    await using limited = await startLimited([])
    const { headers } = await limited.call()
    expect([...headers.keys()].filter((name) => name.startsWith('ratelimit'))).toEqual([])
  })
})

describe('the budget of one call', () => {
  test('M-098 a dearer estimate is a 402 before anything is called, by header or body; the body that travels has none', async () => {
    const bodies: string[] = []
    await using limited = await startLimited([], {
      script: async (work) => {
        bodies.push(work.claim.body.toString())
        await work.complete('{}')
      },
    })
    const dear = { ...pricedChat, max_tokens: 1_000 }
    for (const answer of [
      await limited.call(dear, { 'x-gateway-budget-usd': '0.00999' }),
      await limited.call({ ...dear, budget: 0.001 }),
      await limited.call({ ...dear, budget: '0.001' }, { 'x-gateway-budget-usd': '1' }),
      await limited.call({ ...dear, budget: 0 }),
    ]) {
      expect(answer.status).toBe(402)
      expect(answer.headers.get('x-should-retry')).toBe('false')
      expect((await errorOf(answer)).code).toBe('budget_exceeded')
    }
    expect(bodies).toEqual([])
    expect((await limited.call(dear, { 'x-gateway-budget-usd': '0.01' })).status).toBe(200)
    expect((await limited.call({ ...dear, budget: 0.01 })).status).toBe(200)
    expect((await limited.call({ ...chat, budget: 0 })).status).toBe(200)
    expect(bodies.length).toBe(3)
    for (const body of bodies) expect(JSON.parse(body)).not.toHaveProperty('budget')
  })

  test.each(['-1', 'much', '1e9', 'NaN', '12345678'])('%s is no budget', async (said) => {
    await using limited = await startLimited([])
    const answer = await limited.call(chat, { 'x-gateway-budget-usd': said })
    expect(answer.status).toBe(400)
    expect((await errorOf(answer)).param).toBe('x-gateway-budget-usd')
  })
})
