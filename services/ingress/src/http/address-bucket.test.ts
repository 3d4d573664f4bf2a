import { describe, expect, test } from '@jest/globals'
import { systemClock } from '@sluice/kernel/clock'
import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { chat, errorOf, get, post } from '../../test/support/client.ts'
import { keys, startTestIngress } from '../../test/support/test-ingress.ts'

const env = { RATE_LIMIT_IP_MAX: '5', TRUST_PROXY_CIDRS: '127.0.0.1' }
const as = (address: string) => ({ 'x-forwarded-for': address })
const guess = { key: 'a-wrong-key' }

describe('M-031: the bucket of an address', () => {
  test('the call after the last one that is allowed is a 429 that says when to come back', async () => {
    await using ingress = await startTestIngress({
      env: { ...env, RATE_LIMIT_IP_WINDOW_MS: '1000' },
    })
    for (let i = 0; i < 5; i++) expect((await post(ingress, chat, { key: null })).status).toBe(401)
    const refused = await post(ingress, chat, { key: null })
    expect(refused.status).toBe(429)
    expect(await errorOf(refused)).toMatchObject({ code: 'rate_limit_exceeded' })
    expect(refused.headers.get('ratelimit-limit')).toBe('5')
    expect(refused.headers.get('ratelimit-remaining')).toBe('0')
    const seconds = Number(refused.headers.get('retry-after'))
    expect(refused.headers.get('ratelimit-reset')).toBe(String(seconds))
    expect(seconds).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
    expect((await post(ingress, chat, { key: null })).status).toBe(401)
  })

  test('it speaks the dialect of the route', async () => {
    await using ingress = await startTestIngress({ env })
    for (let i = 0; i < 5; i++) await get(ingress, '/v1/models', { key: null })
    const refused = await post(ingress, chat, { key: null, path: '/v1/messages' })
    expect([refused.status, await refused.json()]).toMatchObject([
      429,
      { error: { type: 'rate_limit_error' } },
    ])
  })

  test('a caller with a good key behind the same address is neither counted nor refused', async () => {
    await using ingress = await startTestIngress({ env })
    for (let i = 0; i < 10; i++) expect((await post(ingress, chat)).status).toBe(200)
    for (let i = 0; i < 10; i++) await post(ingress, chat, guess)
    expect((await post(ingress, chat, guess)).status).toBe(429)
    expect((await post(ingress, chat)).status).toBe(200)
    // Never seen by this process before.
    expect((await post(ingress, chat, { key: keys.acme })).status).toBe(200)
    const several = { 'x-api-key': guess.key, 'api-key': keys.stranger }
    expect((await post(ingress, chat, { key: null, headers: several })).status).toBe(200)
  })

  test('S-144: it counts the address, not the key, the header or the path', async () => {
    await using ingress = await startTestIngress({ env })
    const tries = [
      { key: 'wrong-1' },
      { key: null, headers: { 'X-API-KEY': 'wrong-2' } },
      { key: null, headers: { 'api-key': 'wrong-3' }, path: '/messages' },
      { key: 'wrong-4', path: '/v1/nothing-here' },
    ]
    for (const each of tries) await post(ingress, chat, each)
    expect((await get(ingress, '/v1/models', { key: null })).status).toBe(401)
    expect((await post(ingress, chat, { key: 'wrong-5' })).status).toBe(429)
    expect((await get(ingress, '/nope', { key: null })).status).toBe(429)
  })

  test('S-13: it counts whom a proxy names, and not whom a client names', async () => {
    await using ingress = await startTestIngress({ env })
    for (let i = 0; i < 6; i++) {
      await post(ingress, chat, { ...guess, headers: as(`10.0.0.${String(i)}, 192.0.2.1`) })
    }
    expect((await post(ingress, chat, { ...guess, headers: as('192.0.2.1') })).status).toBe(429)
    expect((await post(ingress, chat, { ...guess, headers: as('192.0.2.2') })).status).toBe(401)
  })

  test('S-144: addresses of one /64 are one', async () => {
    await using ingress = await startTestIngress({ env })
    for (let i = 0; i < 6; i++) {
      await post(ingress, chat, { ...guess, headers: as(`2001:db8:1:2::${String(i)}`) })
    }
    expect(
      (await post(ingress, chat, { ...guess, headers: as('2001:db8:1:2:ffff::1') })).status,
    ).toBe(429)
    expect((await post(ingress, chat, { ...guess, headers: as('2001:db8:1:3::1') })).status).toBe(
      401,
    )
  })

  test('replicas share it', async () => {
    await using queue = createMemoryWorkQueue({ clock: systemClock })
    await using one = await startTestIngress({ env, queue })
    await using other = await startTestIngress({ env, queue })
    const statuses = await Promise.all(
      Array.from({ length: 12 }, (_, i) => post(i % 2 ? one : other, chat, { key: null })),
    )
    expect(statuses.filter(({ status }) => status === 401)).toHaveLength(5)
    expect(statuses.filter(({ status }) => status === 429)).toHaveLength(7)
  })

  test('probes and preflights are not counted', async () => {
    await using ingress = await startTestIngress({ env })
    for (let i = 0; i < 10; i++)
      expect((await get(ingress, '/readyz', { key: null })).status).toBe(200)
    expect((await post(ingress, chat, { key: null })).status).toBe(401)
  })

  test('while the count cannot be reached, addresses are open', async () => {
    const memory = createMemoryWorkQueue({ clock: systemClock })
    const count = () => Promise.reject(new GatewayError(kernelErrors.dependency_unavailable))
    const queue = new Proxy(memory, {
      get(target, name) {
        const value: unknown = name === 'count' ? count : Reflect.get(target, name, target)
        return typeof value === 'function' ? (value as () => unknown).bind(target) : value
      },
    })
    await using _memory = memory
    await using ingress = await startTestIngress({ env, queue })
    for (let i = 0; i < 8; i++) expect((await post(ingress, chat, { key: null })).status).toBe(401)
    expect((await post(ingress, chat)).status).toBe(200)
  })

  test('it can be switched off', async () => {
    await using ingress = await startTestIngress({ env: { ...env, RATE_LIMIT_ENABLED: 'false' } })
    for (let i = 0; i < 8; i++) expect((await post(ingress, chat, { key: null })).status).toBe(401)
  })
})

test('IP_ALLOWLIST: who is not on it gets a 403, but for probes', async () => {
  const list = { ...env, IP_ALLOWLIST: '192.0.2.0/24' }
  await using ingress = await startTestIngress({ env: list })
  expect((await post(ingress, chat, { headers: as('192.0.2.9') })).status).toBe(200)
  const refused = await post(ingress, chat, { headers: as('192.0.3.9') })
  expect(refused.status).toBe(403)
  expect(refused.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/)
  expect((await get(ingress, '/v1/models', { headers: as('192.0.3.9') })).status).toBe(403)
  expect((await get(ingress, '/health', { key: null })).status).toBe(200)
})

test('M-031: from a shut address only a few unknown credentials at once are asked about', async () => {
  await using ingress = await startTestIngress({ env })
  for (let i = 0; i < 6; i++) await post(ingress, chat, guess)
  let asked = 0
  let most = 0
  ingress.onVerify = async () => {
    most = Math.max(most, ++asked)
    await new Promise((resolve) => setTimeout(resolve, 50))
    asked -= 1
  }
  const flood = Array.from({ length: 40 }, (_, i) =>
    post(ingress, chat, { key: `wrong-${String(i)}` }),
  )
  const statuses = (await Promise.all(flood)).map(({ status }) => status)
  expect(new Set(statuses)).toEqual(new Set([429]))
  expect(most).toBeLessThanOrEqual(4)
})
