import { createHash, generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { exportJWK, SignJWT } from 'jose'
import { startWorld } from './testing/account-world.ts'

const servers: Disposable[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server[Symbol.dispose]()
})

const refused = (code: string) => expect.objectContaining({ code })

/** An OpenID provider whose one user is `anna`; checks what a client has to send. */
async function startProvider() {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k', alg: 'RS256', use: 'sig' }
  const state = {
    url: '',
    claims: {} as Record<string, unknown>,
    nonce: '',
    challenge: '',
    asked: 0,
    /** What its document names in place of its own. */
    addresses: {} as Record<string, string>,
  }
  const answer = async (path: string, body: string): Promise<[number, object]> => {
    const { url } = state
    if (path.startsWith('/.well-known/')) {
      return [
        200,
        {
          issuer: url,
          authorization_endpoint: `${url}/authorize`,
          token_endpoint: `${url}/token`,
          jwks_uri: `${url}/jwks`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
          ...state.addresses,
        },
      ]
    }
    if (path === '/jwks') return [200, { keys: [jwk] }]
    state.asked += 1
    const form = new URLSearchParams(body)
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    if (form.get('code') !== 'good' || challenge !== state.challenge)
      return [400, { error: 'invalid_grant' }]
    const now = Math.floor(Date.now() / 1_000)
    const idToken = await new SignJWT({
      iss: url,
      aud: 'client',
      sub: 'anna',
      iat: now,
      exp: now + 300,
      nonce: state.nonce,
      ...state.claims,
    })
      .setProtectedHeader({ alg: 'RS256', kid: 'k' })
      .sign(keys.privateKey)
    return [200, { access_token: 'a', token_type: 'Bearer', id_token: idToken }]
  }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      void answer(request.url ?? '', Buffer.concat(chunks).toString()).then(([status, reply]) => {
        response
          .writeHead(status, { 'content-type': 'application/json' })
          .end(JSON.stringify(reply))
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  state.url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  servers.push({
    [Symbol.dispose]: () => {
      server.closeAllConnections()
      server.close()
    },
  })
  return state
}

async function start(more: object = {}, env: Record<string, string> = {}) {
  const provider = await startProvider()
  const entry = {
    name: 'idp',
    issuer: provider.url,
    client_id: 'client',
    client_secret: 'secret',
    tenant: 'default',
    ...more,
  }
  const world = await startWorld({ OIDC_PROVIDERS_JSON: JSON.stringify([entry]), ...env })
  const begin = async (query: object = {}) => {
    const { status, headers } = await world.call('auth.oidc-start', {
      params: { provider: 'idp' },
      query,
    })
    const location = new URL(String(headers['location']))
    provider.nonce = location.searchParams.get('nonce') ?? ''
    provider.challenge = location.searchParams.get('code_challenge') ?? ''
    const cookie = String(headers['set-cookie']).split(';')[0] ?? ''
    return { status, location, cookie, state: location.searchParams.get('state') ?? '' }
  }
  const comeBack = (query: Record<string, string>, cookie = '') =>
    world.call('auth.oidc-callback', { params: { provider: 'idp' }, query, headers: { cookie } })
  return { provider, world, begin, comeBack }
}

describe('sign-in at an OpenID provider', () => {
  test('M-072: code with PKCE, state and nonce; comes back signed in by cookie', async () => {
    const { world, begin, comeBack } = await start()
    const { status, location, cookie, state } = await begin({ return_to: '/projects?tab=1' })
    expect(status).toBe(302)
    expect(Object.fromEntries(location.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'client',
      code_challenge_method: 'S256',
      scope: 'openid email profile',
      redirect_uri: 'http://localhost:3000/v1/auth/oidc/idp/callback',
    })
    const reply = await comeBack({ code: 'good', state, session_state: 'theirs' }, cookie)
    expect(reply).toMatchObject({ status: 302, headers: { location: '/projects?tab=1' } })
    const cookies = reply.headers['set-cookie'] as string[]
    expect(cookies.map((each) => each.split('=')[0])).toEqual([
      'sluice_session',
      'sluice_refresh',
      'sluice_csrf',
      'sluice_oidc',
    ])
    expect(await world.accounts.list('default', { limit: 9, after: null })).toMatchObject([
      { origin: 'external', role: 'user' },
    ])
  })
  test('S-27: without state, with a foreign one, in another browser, or a second time: 400, and no code is exchanged', async () => {
    const { provider, begin, comeBack } = await start()
    const mine = await begin()
    const theirs = await begin()
    for (const [query, cookie] of [
      [{ code: 'good' }, mine.cookie],
      [{ code: 'good', state: 'made-up' }, mine.cookie],
      [{ code: 'good', state: mine.state }, ''],
      [{ code: 'good', state: theirs.state }, mine.cookie],
    ] as const)
      await expect(comeBack(query, cookie)).rejects.toEqual(refused('invalid_state'))
    expect(provider.asked).toBe(0)
    const again = await begin()
    await comeBack({ code: 'good', state: again.state }, again.cookie)
    await expect(comeBack({ code: 'good', state: again.state }, again.cookie)).rejects.toEqual(
      refused('invalid_state'),
    )
  })
  test('S-27, S-158: nobody is sent to another origin', async () => {
    const { begin } = await start()
    for (const target of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      'javascript:alert(1)',
      '/\t/evil.example',
      'evil',
      '',
      '\\\\evil.example',
    ])
      await expect(begin({ return_to: target })).rejects.toEqual(refused('invalid_return'))
    await expect(begin({ redirect_uri: '//evil' })).rejects.toEqual(refused('invalid_request'))
  })
  test('S-27: another nonce, audience, code or verifier signs nobody in', async () => {
    const { provider, world, begin, comeBack } = await start()
    const attempts: (readonly [string, () => void])[] = [
      ['good', () => (provider.nonce = 'another')],
      ['good', () => (provider.claims = { aud: 'other' })],
      ['good', () => (provider.claims = { iss: 'https://evil.example' })],
      ['good', () => (provider.claims = { exp: 1 })],
      ['good', () => (provider.challenge = 'another')],
      ['bad', () => undefined],
    ]
    for (const [code, spoil] of attempts) {
      provider.claims = {}
      const { state, cookie } = await begin()
      spoil()
      await expect(comeBack({ code, state }, cookie)).rejects.toEqual(refused('sign_in_refused'))
    }
    const { state, cookie } = await begin()
    await expect(comeBack({ error: 'access_denied', state }, cookie)).rejects.toEqual(
      refused('sign_in_refused'),
    )
    expect(await world.accounts.list('default', { limit: 9, after: null })).toEqual([])
  })
  test('S-48: addresses that the provider names are asked only where they are public, or the operator vouches for them', async () => {
    const inner = await startProvider()
    for (const url of ['http://169.254.169.254', inner.url, 'http://[::ffff:127.0.0.1]']) {
      const { provider, world, begin, comeBack } = await start()
      provider.addresses = { token_endpoint: `${url}/token` }
      const { state, cookie } = await begin()
      await expect(comeBack({ code: 'good', state }, cookie)).rejects.toEqual(
        refused('sign_in_refused'),
      )
      expect(await world.accounts.list('default', { limit: 9, after: null })).toEqual([])
    }
    expect(inner.asked).toBe(0)

    const host = new URL(inner.url).host
    const { provider, begin, comeBack } = await start({}, { OUTBOUND_ALLOWED_HOSTS: host })
    provider.addresses = { token_endpoint: `${inner.url}/token` }
    const { state, cookie } = await begin()
    await expect(comeBack({ code: 'good', state }, cookie)).rejects.toEqual(
      refused('sign_in_refused'),
    )
    expect(inner.asked).toBe(1)
  })
  test('M-072: groups and role come from the provider with every sign-in', async () => {
    const { provider, world, begin, comeBack } = await start({
      groups_claim: 'groups',
      role_claim: 'role',
    })
    await world.identity.groups.add({
      tenantId: 'default',
      id: 'g1',
      name: 'engineers',
      models: [],
      projects: [],
      createdAt: 0,
    })
    const signIn = async () => {
      const { state, cookie } = await begin()
      await comeBack({ code: 'good', state }, cookie)
      const [account] = await world.accounts.list('default', { limit: 1, after: null })
      const groups = await world.identity.groupsOf('default', account?.id ?? '')
      return { role: account?.role, groups: groups.map(({ id }) => id) }
    }
    provider.claims = { groups: ['engineers'], role: 'admin' }
    expect(await signIn()).toEqual({ role: 'admin', groups: ['g1'] })
    provider.claims = { groups: [], role: 'viewer' }
    expect(await signIn()).toEqual({ role: 'viewer', groups: [] })
  })
  test('a provider that is away is a 503, and asked again', async () => {
    const world = await startWorld({
      OIDC_PROVIDERS_JSON: JSON.stringify([
        { name: 'idp', issuer: 'http://127.0.0.1:9', client_id: 'c', tenant: 'default' },
      ]),
    })
    const params = { provider: 'idp' }
    await expect(world.call('auth.oidc-start', { params })).rejects.toEqual(
      refused('provider_unavailable'),
    )
    await expect(world.call('auth.oidc-start', { params: { provider: 'none' } })).rejects.toEqual(
      refused('provider_not_found'),
    )
  })
})
