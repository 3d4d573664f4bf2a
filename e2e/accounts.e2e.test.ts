import { randomBytes } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { errorOf, eventually, gatewayUnderTest, postChat } from './support/gateway.ts'

const { apis } = gatewayUnderTest()
const [api = ''] = apis
/** Another replica, where there is one. */
const other = apis.at(-1) ?? api
const password = 'correct horse battery'

interface SignedIn {
  readonly user: { readonly id: string; readonly email: string; readonly role: string }
  readonly access_token: string
  readonly refresh_token: string
  readonly csrf_token: string
}

function post(path: string, body: unknown, headers: Record<string, string> = {}, base = api) {
  return fetch(`${base}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const me = (token: string, base = api) => fetch(`${base}/v1/auth/me`, { headers: bearer(token) })

async function register(): Promise<
  SignedIn & { readonly slug: string; readonly cookies: string[] }
> {
  const slug = `t-${randomBytes(8).toString('hex')}`
  const response = await post('/v1/auth/register', {
    company: 'Acme',
    slug,
    name: 'Anna',
    email: `anna@${slug}.example`,
    password,
  })
  expect(response.status).toBe(201)
  const signedIn = (await response.json()) as SignedIn
  return { ...signedIn, slug, cookies: response.headers.getSetCookie() }
}

const chat = (headers: Record<string, string>, base = api) =>
  postChat(base, { model: 'demo/chat', messages: [{ role: 'user', content: 'Hi' }] }, { headers })

describe('accounts', () => {
  test('M-061, M-062: register, login, me, refresh, reuse, logout', async () => {
    const { user, slug } = await register()
    const login = (await (
      await post('/auth/login', { email: user.email, password })
    ).json()) as SignedIn
    expect(await (await me(login.access_token, other)).json()).toMatchObject({
      user: { id: user.id, role: 'owner' },
      tenant: { slug },
      role: 'owner',
    })
    const refreshed = await post('/api/auth/refresh', { refresh_token: login.refresh_token })
    const next = (await refreshed.json()) as SignedIn
    expect((await me(next.access_token)).status).toBe(200)
    const reused = await post('/v1/auth/refresh', { refresh_token: login.refresh_token }, {}, other)
    expect(reused.status).toBe(401)
    expect((await errorOf(reused)).code).toBe('invalid_session')
    expect((await post('/v1/auth/refresh', { refresh_token: next.refresh_token })).status).toBe(401)
    await eventually('the end of the session everywhere', async () => {
      const statuses = await Promise.all(
        apis.map(async (base) => (await me(next.access_token, base)).status),
      )
      return statuses.every((status) => status === 401) || undefined
    })
    const again = (await (
      await post('/v1/auth/login', { email: user.email, password })
    ).json()) as SignedIn
    const logout = await post('/v1/auth/logout', { refresh_token: again.refresh_token })
    expect(logout.status).toBe(204)
    await eventually(
      'signed out',
      async () => (await me(again.access_token)).status === 401 || undefined,
    )
  })
  test('M-060: an access token calls models, a changed one does not', async () => {
    const { access_token } = await register()
    expect((await chat(bearer(access_token))).status).toBe(200)
    expect((await chat({ authorization: '', 'x-api-key': access_token })).status).toBe(200)
    const [header, claims] = access_token.split('.')
    const unsigned = Buffer.from('{"alg":"none"}').toString('base64url')
    for (const bad of [
      `${header}.${claims}.`,
      `${header}.${claims}.AAAA`,
      `${unsigned}.${claims}.`,
    ])
      expect((await chat(bearer(bad))).status).toBe(401)
    const { keys } = (await (await fetch(`${api}/.well-known/jwks.json`)).json()) as {
      keys: object[]
    }
    expect(keys.length).toBeGreaterThan(0)
    expect(JSON.stringify(keys)).not.toContain('"d"')
  })
  test('M-065, S-94: a cookie counts for our own pages only', async () => {
    const { cookies, csrf_token } = await register()
    const cookie = cookies.map((each) => each.split(';')[0]).join('; ')
    const send = (headers: Record<string, string>) =>
      post('/v1/auth/invitations', { email: 'b@b.example', name: 'B' }, { cookie, ...headers })
    const own = { origin: api, 'x-csrf-token': csrf_token }
    expect((await fetch(`${api}/v1/auth/me`, { headers: { cookie } })).status).toBe(200)
    for (const headers of [
      {},
      { origin: 'https://evil.example', 'x-csrf-token': csrf_token },
      { origin: 'null', 'x-csrf-token': csrf_token },
      { origin: api },
      { 'x-csrf-token': csrf_token },
      { origin: 'https://evil.example', 'content-type': 'text/plain' },
    ])
      expect({ headers, status: (await send(headers)).status }).toEqual({ headers, status: 403 })
    expect((await send(own)).status).toBe(201)
    const login = await post(
      '/v1/auth/login',
      { email: 'x@x.example', password },
      { cookie, origin: api },
    )
    expect(login.status).toBe(401)
    const forged = await post('/v1/auth/refresh', {}, { cookie, origin: 'https://evil.example' })
    expect(forged.status).toBe(403)
    expect((await post('/v1/auth/refresh', {}, { cookie, ...own })).status).toBe(200)
  })
  test('M-064: the sixth wrong password is a 429 that says when to come back', async () => {
    const { user } = await register()
    const statuses: number[] = []
    for (let i = 0; i < 6; i++) {
      const response = await post('/v1/auth/login', {
        email: user.email,
        password: 'wrong horse battery',
      })
      statuses.push(response.status)
      if (response.status === 429)
        expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429])
  })
  test('M-071: owners see whom they invited, and the last owner stays', async () => {
    const owner = await register()
    const invited = await post(
      '/v1/auth/invitations',
      { email: 'b@b.example', name: 'B' },
      bearer(owner.access_token),
    )
    expect(invited.status).toBe(201)
    const users = (await (
      await fetch(`${api}/v1/users`, { headers: bearer(owner.access_token) })
    ).json()) as { data: { id: string; status: string }[] }
    expect(users.data.map(({ status }) => status).toSorted()).toEqual(['active', 'invited'])
    const demoted = await fetch(`${api}/v1/users/${owner.user.id}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json', ...bearer(owner.access_token) },
      body: JSON.stringify({ role: 'user' }),
    })
    expect((await errorOf(demoted)).code).toBe('last_owner')
  })
})
