import { generateKeyPairSync } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { readTokenIssuers, verifyClaims } from '@sluice/contracts/rpc/token-issuers'
import { callRpc } from '@sluice/work-queue/rpc'
import { exportJWK, type JWK } from 'jose'
import { startWorld } from './testing/account-world.ts'

const issuer = 'https://idp.example'
const servers: Disposable[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server[Symbol.dispose]()
})

/** An issuer whose key set a test answers by hand. */
async function idp() {
  const state: { answer: RequestListener; fetches: number } = {
    answer: (_request, response) => response.end(),
    fetches: 0,
  }
  const server = createServer((request, response) => {
    if (request.url === '/jwks') state.fetches += 1
    state.answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  servers.push({
    [Symbol.dispose]: () => {
      server.closeAllConnections()
      server.close()
    },
  })
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  return Object.assign(state, { url })
}

async function jwk(kid: string, more: object = {}): Promise<JWK> {
  const { publicKey } = generateKeyPairSync('ed25519')
  return { ...(await exportJWK(publicKey)), kid, ...more }
}

const answering =
  (keys: readonly object[], type = 'application/json'): RequestListener =>
  (_request, response) => {
    response.setHeader('content-type', type).end(JSON.stringify({ keys }))
  }

async function start(answer: RequestListener, more: object = {}) {
  const provider = await idp()
  provider.answer = answer
  const entry = {
    issuer,
    audience: 'sluice',
    jwks_url: `${provider.url}/jwks`,
    algorithms: ['EdDSA', 'RS256'],
  }
  const list = [{ ...entry, tenant: 'default', ...more }]
  const world = await startWorld({ JWT_TRUSTED_ISSUERS_JSON: JSON.stringify(list) })
  const kids = async (missing: string | null = null) => {
    const { issuers } = await callRpc(
      world.queue,
      readTokenIssuers,
      { missing },
      { timeoutMs: 60_000 },
    )
    return issuers.find((each) => each.issuer === issuer)?.keys.map(({ kid }) => kid)
  }
  const until = async (wanted: readonly string[]) => {
    for (let i = 0; i < 200 && String(await kids()) !== String(wanted); i++)
      await new Promise((resolve) => setImmediate(resolve))
    expect(await kids()).toEqual(wanted)
  }
  const claim = (subject: string, claims: object = {}) =>
    callRpc(
      world.queue,
      verifyClaims,
      { issuer, subject, claims: { ...claims } },
      { timeoutMs: 5_000 },
    )
  return { provider, world, kids, until, claim }
}

describe('keys of a foreign issuer', () => {
  test('S-22: are fetched once a minute at most, however many tokens miss one', async () => {
    const { provider, world, kids, until } = await start(answering([await jwk('a')]))
    await until(['a'])
    expect(provider.fetches).toBe(1)
    for (let i = 0; i < 1_000; i++) await kids(issuer)
    expect(provider.fetches).toBe(1)
    await world.clock.advance(60_001)
    await Promise.all(Array.from({ length: 100 }, () => kids(issuer)))
    expect(provider.fetches).toBe(2)
  })
  test('M-060: a rotated key is there without a restart', async () => {
    const { provider, world, kids, until } = await start(answering([await jwk('a')]))
    await until(['a'])
    provider.answer = answering([await jwk('b')])
    await world.clock.advance(60_001)
    expect(await kids(issuer)).toEqual(['b'])
  })
  test('S-23: a redirect to a private address, too much, another type, nonsense, an error: the last good set stays', async () => {
    const { provider, world, kids, until } = await start(answering([await jwk('a')]))
    await until(['a'])
    const stolen = answering([await jwk('inside')])
    const inside: RequestListener = (request, response) => {
      if (request.headers.host?.startsWith('127.0.0.2')) stolen(request, response)
      else {
        const location = provider.url.replace('127.0.0.1', '127.0.0.2')
        response.writeHead(302, { location }).end()
      }
    }
    const bad: readonly RequestListener[] = [
      inside,
      (_request, response) =>
        response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
      (_request, response) => response.writeHead(307, { location: 'file:///etc/passwd' }).end(),
      answering([await jwk('html')], 'text/html'),
      answering([await jwk('big'), { filler: 'x'.repeat(600_000) }]),
      (_request, response) => {
        response.writeHead(200, {
          'content-type': 'application/json',
          'content-length': 50_000_000,
        })
        response.write('{"keys":[')
      },
      (_request, response) => response.writeHead(500).end(),
      (_request, response) =>
        response.setHeader('content-type', 'application/json').end('{"keys":'),
      answering([]),
      answering([await jwk('secret', { kty: 'oct', k: 'AAAA' })]),
      answering([await jwk('enc', { use: 'enc' })]),
      answering([await jwk('private', { d: 'AAAA' })]),
    ]
    for (const [index, answer] of bad.entries()) {
      provider.answer = answer
      await world.clock.advance(60_001)
      expect({ index, kids: await kids(issuer) }).toEqual({ index, kids: ['a'] })
      expect(provider.fetches).toBe(index + 2)
    }
  })
  test('S-23: a slow answer is given up', async () => {
    const { provider, world, kids, until } = await start(answering([await jwk('a')]))
    await until(['a'])
    const { promise: asked, resolve } = Promise.withResolvers<void>()
    provider.answer = () => resolve()
    await world.clock.advance(60_001)
    const answer = kids(issuer)
    await asked
    await world.clock.advance(5_001)
    expect(await answer).toEqual(['a'])
  })
  test('S-19: each has one algorithm: its own, or the first of the issuer that fits its type', async () => {
    const rsa = await exportJWK(generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey)
    const { world, until } = await start(
      answering([
        { ...rsa, kid: 'plain' },
        { ...rsa, kid: 'hmac', alg: 'HS256' },
        { ...rsa, kid: 'pss', alg: 'PS256' },
        await jwk('ed', { alg: 'EdDSA' }),
      ]),
    )
    await until(['plain', 'ed'])
    const { issuers } = await callRpc(
      world.queue,
      readTokenIssuers,
      { missing: null },
      { timeoutMs: 1_000 },
    )
    expect(issuers[1]?.keys.map(({ algorithm }) => algorithm)).toEqual(['RS256', 'EdDSA'])
  })
})

describe('people of a foreign issuer', () => {
  const anything = answering([])

  test('M-060: have an account of their own in the tenant, made by the first token', async () => {
    const { world, claim } = await start(anything)
    const verdict = await claim('anna', { email: 'anna@idp.example', name: 'Anna' })
    expect(verdict).toMatchObject({
      valid: true,
      caller: { tenantId: 'default', userId: expect.stringMatching(/^ext-[0-9a-f]{32}$/) },
      access: { role: 'user', platform: false },
    })
    await claim('anna')
    expect(await world.accounts.list('default', { limit: 10, after: null })).toMatchObject([
      { email: 'anna@idp.example', name: 'Anna', origin: 'external' },
    ])
  })
  test('are not who else has their address: nobody proved it', async () => {
    const { world, claim } = await start(anything)
    await world.register('acme')
    const verdict = await claim('anna', { email: 'anna@acme.example' })
    expect(verdict).toMatchObject({ valid: true, access: { role: 'user' } })
    expect(await world.accounts.findByEmail('anna@acme.example', null)).toHaveLength(1)
  })
  test('may be given roles by a claim, but not owner, and lose them with it', async () => {
    const { claim } = await start(anything, { role_claim: 'roles' })
    expect(await claim('a', { roles: ['owner', 'admin'] })).toMatchObject({
      access: { role: 'admin' },
    })
    expect(await claim('a', { roles: 'viewer' })).toMatchObject({ access: { role: 'viewer' } })
    expect(await claim('b', { roles: ['owner'] })).toMatchObject({ access: { role: 'user' } })
  })
  test('M-072: are in the groups of their claim, and out of them with it', async () => {
    const { world, claim } = await start(anything, { groups_claim: 'groups' })
    const group = { tenantId: 'default', models: [], projects: [], createdAt: 0 }
    await world.identity.groups.add({ ...group, id: 'g1', name: 'engineers' })
    await world.identity.groups.add({ ...group, id: 'g2', name: 'others' })
    const verdict = await claim('anna', { groups: ['engineers', 'unknown'] })
    const userId = verdict.valid ? (verdict.caller.userId ?? '') : ''
    const groups = async () =>
      (await world.identity.groupsOf('default', userId)).map(({ id }) => id)
    expect(await groups()).toEqual(['g1'])
    await claim('anna', { groups: [] })
    expect(await groups()).toEqual([])
  })
  test('are of the tenant that a claim names, if there is one; the same subject is somebody else in each', async () => {
    const { world, claim } = await start(anything, { tenant: undefined, tenant_claim: 'org' })
    await world.register('acme')
    const here = await claim('anna', { org: 'acme' })
    const there = await claim('anna', { org: 'default' })
    expect([here, there]).toMatchObject([
      { valid: true, caller: { tenantId: 'acme' } },
      { valid: true },
    ])
    expect(here.valid && there.valid && here.caller.userId === there.caller.userId).toBe(false)
    for (const org of ['nowhere', '../x', undefined, ['acme'], ''])
      expect(await claim('anna', { org })).toMatchObject({ valid: false })
  })
  test('stay out once they are disabled here', async () => {
    const { world, claim } = await start(anything)
    await claim('anna')
    const [anna] = await world.accounts.list('default', { limit: 1, after: null })
    const guard = { within: ['user'], at: 0 } as const
    await world.accounts.update('default', anna?.id ?? '', { status: 'disabled' }, guard)
    expect(await claim('anna')).toMatchObject({ valid: false })
  })
})
