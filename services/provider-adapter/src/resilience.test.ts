import type { RequestListener, ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from '@jest/globals'
import { systemClock } from '@sluice/kernel/clock'
import type { HealthRegistry } from '@sluice/kernel/health'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { type AdapterOptions, startAdapter } from '../test/support/start-adapter.ts'
import { backOffMs, chanceOf } from './fault.ts'

const cleanup: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of cleanup.splice(0).toReversed()) await each[Symbol.asyncDispose]()
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

interface Seen {
  readonly key: string
  readonly response: ServerResponse
}

type Answer = number | 'ok' | 'open' | ((seen: Seen) => void)

const whole =
  `data: {"choices":[{"index":0,"delta":{"content":"hello"},"finish_reason":null}]}\n\n` +
  `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`

/** Answers as it is told, call by call; the last answer is repeated. */
function scripted(answers: readonly Answer[], headers: Record<string, string> = {}) {
  const calls: Seen[] = []
  const handler: RequestListener = (request, response) => {
    const seen = { key: request.headers.authorization ?? '', response }
    calls.push(seen)
    const answer = answers[Math.min(calls.length, answers.length) - 1] ?? 'ok'
    request.resume()
    if (typeof answer === 'function') answer(seen)
    else if (typeof answer === 'number') {
      const body = JSON.stringify({ error: { message: `refused ${seen.key}` } })
      response.writeHead(answer, { 'content-type': 'application/json', ...headers }).end(body)
    } else {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      if (answer === 'ok') response.end(whole)
      else response.write(whole.slice(0, whole.indexOf('\n\n') + 2))
    }
  }
  return { handler, calls }
}

async function start(
  provider: ReturnType<typeof scripted>,
  options: AdapterOptions & { readonly more?: Record<string, RequestListener> } = {},
) {
  const { more = {}, ...rest } = options
  const env = { RETRY_INITIAL_DELAY_MS: '1', ...rest.env }
  const adapter = await startAdapter(cleanup, { acme: provider.handler, ...more }, { ...rest, env })
  const ask = async (options: Parameters<typeof adapter.ask>[0] = {}) => {
    const entries = await adapter.entriesOf(await adapter.ask({ via: ['acme'], ...options }))
    return entries.at(-1)?.end
  }
  return { ...adapter, end: ask }
}
const bearer = (...keys: string[]) => ({ row: { auth: { type: 'bearer', keys } as const } })

describe('M-123: a call that failed is made again', () => {
  test('503, 503, 200: three calls, each with a record of its own', async () => {
    const provider = scripted([503, 503, 'ok'])
    const { end, records } = await start(provider)
    expect(await end()).toMatchObject({ state: 'completed' })
    expect(provider.calls).toHaveLength(3)
    await until(() => records.length > 0)
    expect(records[0]?.calls).toMatchObject([
      { attempt: 1, state: 'failed', cost_nano_usd: 0 },
      { attempt: 2, state: 'failed', cost_nano_usd: 0 },
      { attempt: 3, state: 'completed' },
    ])
  })

  test.each([400, 401, 403, 404, 409, 422])('%d: one call', async (status) => {
    const provider = scripted([status])
    const { end } = await start(provider)
    expect(await end()).toMatchObject({ state: 'failed' })
    expect(provider.calls).toHaveLength(1)
  })

  test('three calls at most, and one where it is switched off', async () => {
    const always = scripted([500])
    await (await start(always)).end()
    expect(always.calls).toHaveLength(3)
    const once = scripted([500])
    await (await start(once, { env: { RETRY_ENABLED: 'false' } })).end()
    expect(once.calls).toHaveLength(1)
  })

  test('not once an answer had begun, published or not', async () => {
    const broken = scripted([({ response }) => response.writeHead(200).end('<html>')])
    await (await start(broken)).end()
    expect(broken.calls).toHaveLength(1)
    const published = scripted([
      ({ response }) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(whole.slice(0, whole.indexOf('\n\n') + 2), () => response.destroy())
      },
    ])
    await (await start(published)).end()
    expect(published.calls).toHaveLength(1)
  })

  test('not where there is another target to go to', async () => {
    const first = scripted([500])
    const second = scripted(['ok'])
    const { end } = await start(first, { more: { other: second.handler } })
    expect(await end({ via: ['acme', 'other'] })).toMatchObject({ state: 'completed' })
    expect([first.calls.length, second.calls.length]).toEqual([1, 1])
  })

  test('a cancel during the pause ends it at once', async () => {
    const provider = scripted([503])
    const env = { RETRY_INITIAL_DELAY_MS: '60000', RETRY_MAX_DELAY_MS: '60000' }
    const { ask, entriesOf, generations } = await start(provider, { env })
    const id = await ask({ deadlineMs: 600_000 })
    await until(() => provider.calls.length === 1)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await generations.cancel(id, 'test')
    expect((await entriesOf(id)).at(-1)?.end?.state).toBe('cancelled')
    expect(provider.calls).toHaveLength(1)
  })

  test('after 200 ms, then 400 ms, up to 5 s, a quarter more or less', () => {
    const policy = { maxAttempts: 9, initialDelayMs: 200, maxDelayMs: 5_000 }
    expect([0, 1, 2, 9].map((n) => backOffMs(policy, n, 0.5))).toEqual([200, 400, 800, 5_000])
    expect([backOffMs(policy, 0, 0), backOffMs(policy, 0, 1)]).toEqual([150, 250])
    const chances = Array.from({ length: 1_000 }, (_, i) => chanceOf(`id-${String(i)}`, 1))
    expect(chances.every((chance) => chance >= 0 && chance < 1)).toBe(true)
    const mean = chances.reduce((sum, chance) => sum + chance) / chances.length
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.05)
  })
})

describe('M-122: several keys', () => {
  test('one that is limited rests for as long as it is told, and another one is used', async () => {
    const clock = createFakeClock(Date.now())
    const provider = scripted([429, 'ok'], { 'retry-after': '20' })
    const { end } = await start(provider, { ...bearer('key-a-of-acme', 'key-b-of-acme'), clock })
    expect(await end()).toMatchObject({ state: 'completed' })
    await end()
    expect(provider.calls.map(({ key }) => key.slice(7, 12))).toEqual(['key-a', 'key-b', 'key-b'])
    await clock.advance(20_000)
    await end()
    expect(provider.calls.at(-1)?.key).toContain('key-a')
  })

  test('when all of them rest the caller is told for how long, and the provider is left alone', async () => {
    const provider = scripted([429], { 'retry-after': '20' })
    const { end } = await start(provider, bearer('key-a-of-acme', 'key-b-of-acme'))
    expect((await end())?.error).toMatchObject({ status: 429, retryAfterMs: 20_000 })
    const asked = provider.calls.length
    const error = (await end())?.error
    expect(error).toMatchObject({ code: 'rate_limit_exceeded', status: 429 })
    expect(error?.retryAfterMs).toBeGreaterThan(15_000)
    expect(provider.calls).toHaveLength(asked)
  })

  test('one that is refused rests too, and the caller never hears of it', async () => {
    const provider = scripted([401, 'ok'])
    const { end } = await start(provider, bearer('key-a-of-acme', 'key-b-of-acme'))
    expect(await end()).toMatchObject({ state: 'completed' })
    for (let i = 0; i < 3; i++) await end()
    expect(provider.calls.filter(({ key }) => key.includes('key-a'))).toHaveLength(1)
  })

  test('a single key does not rest: the provider decides', async () => {
    const provider = scripted([429, 'ok'], { 'retry-after': '20' })
    const { end } = await start(provider)
    expect((await end())?.error).toMatchObject({ status: 429, retryAfterMs: 20_000 })
    expect(await end()).toMatchObject({ state: 'completed' })
  })

  test('T61: a key that the provider repeats does not reach the caller', async () => {
    const provider = scripted([400])
    const { end } = await start(provider, bearer('sk-secret-of-acme'))
    const error = (await end())?.error
    expect(error?.status).toBe(400)
    expect(JSON.stringify(error)).not.toContain('sk-secret')
  })
})

describe('M-124: a provider that fails again and again', () => {
  const env = { RETRY_ENABLED: 'false', CIRCUIT_BREAKER_RESET_MS: '300' }

  test('is left alone: 503 at once, with retry-after; after the reset time one probe', async () => {
    const provider = scripted([500, 500, 500, 500, 500, 'ok'])
    const { end } = await start(provider, { env })
    for (let i = 0; i < 5; i++) expect((await end())?.error).toMatchObject({ status: 502 })
    const before = performance.now()
    const refused = await end()
    expect(performance.now() - before).toBeLessThan(100)
    expect(refused?.error).toMatchObject({ code: 'circuit_open', status: 503, retryable: true })
    expect(refused?.error?.retryAfterMs).toBeGreaterThan(0)
    expect(provider.calls).toHaveLength(5)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await end()).toMatchObject({ state: 'completed' })
    expect(await end()).toMatchObject({ state: 'completed' })
  })

  test('but not for what is wrong with the calls', async () => {
    const provider = scripted([400])
    const { end } = await start(provider, { env })
    for (let i = 0; i < 6; i++) expect((await end())?.error).toMatchObject({ status: 400 })
    expect(provider.calls).toHaveLength(6)
  })

  test('a generation counts once, however often it was tried', async () => {
    const provider = scripted([500])
    const { end } = await start(provider)
    for (let i = 0; i < 4; i++) await end()
    expect(provider.calls).toHaveLength(12)
  })
})

describe('M-126: places at a provider', () => {
  const limits = (more: object = {}) => ({
    row: { limits: { maxConcurrent: 2, queueMax: null, queueTimeoutMs: null, ...more } },
  })

  test('a stream holds its place to its end; beyond them 429 with retry-after, at once', async () => {
    const provider = scripted(['open', 'open', 'ok'])
    const { ask, end } = await start(provider, limits())
    await ask()
    await ask()
    await until(() => provider.calls.length === 2)
    expect((await end())?.error).toMatchObject({
      code: 'provider_full',
      status: 429,
      retryAfterMs: 5_000,
    })
    provider.calls[0]?.response.end(whole)
    await until(() => provider.calls[0]?.response.writableFinished === true)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await end()).toMatchObject({ state: 'completed' })
    expect(provider.calls).toHaveLength(3)
  })

  test('one that is cancelled leaves its place', async () => {
    const provider = scripted(['open', 'open', 'ok'])
    const { ask, end, generations, entriesOf } = await start(provider, limits())
    const [first] = [await ask(), await ask()]
    await until(() => provider.calls.length === 2)
    await generations.cancel(first, 'test')
    await entriesOf(first)
    expect(await end()).toMatchObject({ state: 'completed' })
  })

  test('M-127: the next one waits for a place, the one after it is told to come again', async () => {
    const provider = scripted(['open', 'open', 'ok'])
    const { ask, entriesOf, end } = await start(provider, limits({ queueMax: 1 }))
    await ask()
    await ask()
    await until(() => provider.calls.length === 2)
    const third = await ask()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect((await end())?.error).toMatchObject({ code: 'provider_full', status: 429 })
    provider.calls[0]?.response.end(whole)
    expect((await entriesOf(third)).at(-1)?.end).toMatchObject({ state: 'completed' })
  })

  test('M-127: not for ever', async () => {
    const provider = scripted(['open'])
    const { ask, end } = await start(provider, limits({ queueMax: 1, queueTimeoutMs: 50 }))
    await ask()
    await ask()
    await until(() => provider.calls.length === 2)
    const before = systemClock.monotonic()
    expect((await end())?.error).toMatchObject({ code: 'provider_full' })
    expect(systemClock.monotonic() - before).toBeGreaterThan(45)
  })
})

describe('M-128: whether a provider answers', () => {
  const env = { RETRY_ENABLED: 'false', BACKEND_HEALTH_INTERVAL_MS: '50' }
  interface Report {
    readonly providers: readonly { name: string; status: string; down: number }[]
  }

  const seen = (health: HealthRegistry) =>
    (health.report('upstreams')?.read() as Report | undefined)?.providers[0]

  test('one that cannot be reached is down after two looks: its calls are 503 with retry-after at once', async () => {
    const provider = scripted([({ response }) => response.destroy()])
    const { end, health } = await start(provider, { env })
    const upstreams = () => seen(health)
    expect(upstreams()).toMatchObject({ name: 'acme', status: 'unknown' })
    await until(() => upstreams()?.status === 'down')
    const before = performance.now()
    expect((await end())?.error).toMatchObject({ code: 'circuit_open', status: 503 })
    expect(performance.now() - before).toBeLessThan(100)
  })

  test('and up again with its first answer', async () => {
    let away = true
    const provider = scripted([
      ({ response }) => (away ? response.destroy() : response.writeHead(200).end(whole)),
    ])
    const { end, health } = await start(provider, { env })
    const upstreams = () => seen(health)
    await until(() => upstreams()?.status === 'down')
    away = false
    await until(() => upstreams()?.status === 'up')
    expect(await end()).toMatchObject({ state: 'completed' })
  })

  test('a key that is refused is seen before a caller meets it', async () => {
    const provider = scripted([401])
    const { health } = await start(provider, { env })
    const upstreams = () => seen(health)
    await until(() => upstreams()?.status === 'credential_refused')
    expect(upstreams()?.down).toBe(0)
  })

  test('M-124: an operator closes its circuits', async () => {
    const provider = scripted([500])
    const { end, health } = await start(provider, {
      env: { RETRY_ENABLED: 'false', BACKEND_HEALTH_INTERVAL_MS: '0' },
    })
    for (let i = 0; i < 6; i++) await end()
    expect(provider.calls).toHaveLength(5)
    expect(health.report('upstreams')?.reset('acme')).toBe(true)
    await end()
    expect(provider.calls).toHaveLength(6)
    expect(health.report('upstreams')?.reset('nobody')).toBe(false)
  })
})
