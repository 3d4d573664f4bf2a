import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, test } from '@jest/globals'
import { readTokenIssuers, verifyClaims } from '@sluice/contracts/rpc/token-issuers'
import { GatewayError, messageOf } from '@sluice/kernel/errors'
import { callRpc } from '@sluice/work-queue/rpc'
import { password, principalOf, signedIn, startWorld } from './testing/account-world.ts'

type World = Awaited<ReturnType<typeof startWorld>>

const refused = (code: string) => expect.objectContaining({ code })
const login = (world: World, more: object = {}, address = '203.0.113.7') =>
  world.call('auth.login', { body: { email: 'anna@acme.example', password, ...more }, address })
const verdictOf = ({ queue }: World, token: string) => {
  const claims = decodeJwt(token)
  const request = { issuer: 'sluice', subject: String(claims.sub), claims: { sid: claims['sid'] } }
  return callRpc(queue, verifyClaims, request, { timeoutMs: 1_000 })
}
const codeOf = (error: unknown) => (GatewayError.is(error) ? error.code : '')
const tokenOf = (link: string | undefined) => link?.split('#token=')[1] ?? ''

describe('registration', () => {
  test('M-062: makes a company with its owner, who is signed in', async () => {
    const world = await startWorld()
    const { user, access_token } = await world.register()
    expect(user).toMatchObject({
      role: 'owner',
      status: 'active',
      tenant: { slug: 'acme', name: 'Acme' },
    })
    expect(await world.identity.tenants.find('acme', 'acme')).toMatchObject({ tier: 'free' })
    expect(await verdictOf(world, access_token)).toMatchObject({
      valid: true,
      caller: { tenantId: 'acme', userId: user.id, projectId: 'default' },
      access: { role: 'owner', platform: false, tier: 'free' },
    })
    expect(world.mails.map(({ template, to }) => ({ template, to }))).toEqual([
      { template: 'welcome', to: 'anna@acme.example' },
    ])
  })
  test('M-061: the access token says what it must, is short and typed', async () => {
    const world = await startWorld()
    const { user, access_token } = await world.register()
    expect(decodeProtectedHeader(access_token)).toMatchObject({ alg: 'EdDSA', typ: 'at+jwt' })
    const claims = decodeJwt(access_token)
    expect(claims).toMatchObject({
      iss: 'sluice',
      aud: 'sluice',
      sub: user.id,
      userId: user.id,
      email: 'anna@acme.example',
      role: 'owner',
      tenantId: 'acme',
      tenantSlug: 'acme',
    })
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(900)
  })
  test('refuses a slug that is taken or reserved, once and for all', async () => {
    const world = await startWorld()
    await world.register()
    for (const slug of ['acme', 'default', 'admin'])
      await expect(world.register(slug, { email: 'b@b.example' })).rejects.toEqual(
        refused('slug_taken'),
      )
  })
  test('says nothing about an address that has accounts elsewhere', async () => {
    const world = await startWorld()
    await world.register('acme')
    expect((await world.register('globex')).user.role).toBe('owner')
  })
  test('S-12: refuses members that nobody asked for', async () => {
    const world = await startWorld()
    for (const more of [{ role: 'admin' }, { tenant_id: 'default' }, { tier: 'enterprise' }])
      await expect(world.register('acme', more)).rejects.toEqual(refused('invalid_request'))
  })
  test('can be switched off, or left to an operator to complete', async () => {
    const off = await startWorld({ REGISTRATION_MODE: 'disabled' })
    await expect(off.register()).rejects.toEqual(refused('registration_disabled'))
    const beta = await startWorld({ REGISTRATION_MODE: 'beta' })
    const pending = await beta.register()
    expect(pending).toMatchObject({ state: 'pending' })
    expect(pending.access_token).toBeUndefined()
    await expect(login(beta)).rejects.toEqual(refused('tenant_disabled'))
    await beta.identity.tenants.change('acme', 'acme', { status: 'active' }, 0)
    expect(signedIn(await login(beta)).user.role).toBe('owner')
  })
  test('M-064: wants a password that is worth the name', async () => {
    const world = await startWorld()
    for (const weak of [
      'short',
      'password12345',
      'Change-Me-1234',
      '1234567890123',
      'aaaaaaaaaaaaaa',
      'anna@acme.example',
      'abcdefghijkl',
    ])
      await expect(world.register('acme', { password: weak })).rejects.toEqual(
        refused('weak_password'),
      )
  })
})

describe('signing in', () => {
  test('M-064: the same answer for a wrong password, an unknown address and a disabled account', async () => {
    const world = await startWorld()
    const { user } = await world.register()
    await world.accounts.create({
      id: 'u2',
      tenantId: 'acme',
      email: 'off@acme.example',
      name: 'Off',
      role: 'user',
      status: 'disabled',
      origin: 'local',
      passwordHash: await world.accounts.findPassword('acme', user.id),
      createdAt: 0,
    })
    const answers = []
    for (const asked of [
      { password: 'wrong horse battery' },
      { email: 'nobody@acme.example' },
      { email: 'off@acme.example' },
      { slug: 'globex' },
    ])
      answers.push(
        await login(world, asked).then(
          () => null,
          (error: unknown) => `${codeOf(error)} ${messageOf(error)}`,
        ),
      )
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).toMatch(/^invalid_credentials/)
  })
  test('M-064, S-14: the sixth failed try is a 429, also for an account that is not there', async () => {
    for (const email of ['anna@acme.example', 'nobody@acme.example']) {
      const world = await startWorld()
      await world.register()
      for (let i = 0; i < 5; i++)
        await expect(login(world, { email, password: 'wrong horse battery' })).rejects.toEqual(
          refused('invalid_credentials'),
        )
      await expect(login(world, { email, password: 'wrong horse battery' })).rejects.toEqual(
        refused('too_many_attempts'),
      )
      await expect(login(world, { email, slug: 'acme' })).rejects.toEqual(
        refused('too_many_attempts'),
      )
    }
  })
  test('M-064, S-14: as many at once are as many one after another', async () => {
    const world = await startWorld()
    await world.register()
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, () =>
        login(world, { password: 'wrong horse battery' }).then(
          () => 'in',
          (error: unknown) => codeOf(error),
        ),
      ),
    )
    expect(outcomes.filter((outcome) => outcome === 'invalid_credentials')).toHaveLength(5)
    expect(outcomes.filter((outcome) => outcome === 'too_many_attempts')).toHaveLength(35)
  })
  test('S-14: nobody is locked out by others; one address cannot try many accounts', async () => {
    const world = await startWorld()
    await world.register()
    for (let i = 0; i < 60; i++)
      await login(world, { email: `victim${String(i)}@acme.example` }, '198.51.100.9').catch(
        () => null,
      )
    for (let i = 0; i < 10; i++)
      await login(world, { password: 'wrong horse battery' }, '198.51.100.10').catch(() => null)
    expect(signedIn(await login(world)).user.role).toBe('owner')
    await expect(login(world, { email: 'new@acme.example' }, '198.51.100.9')).rejects.toEqual(
      refused('too_many_attempts'),
    )
  })
  test('S-144: the addresses of one IPv6 line are one', async () => {
    const world = await startWorld()
    await world.register()
    for (let i = 0; i < 5; i++)
      await login(world, { password: 'wrong horse battery' }, `2001:db8:0:7::${String(i)}`).catch(
        () => null,
      )
    await expect(login(world, {}, '2001:0db8::7:ffff:1:2:3')).rejects.toEqual(
      refused('too_many_attempts'),
    )
    expect(signedIn(await login(world, {}, '2001:db8:0:8::1')).user.role).toBe('owner')
  })
  test('forgets the failed tries after the right one, and after the window', async () => {
    const world = await startWorld()
    await world.register()
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 4; i++)
        await login(world, { password: 'wrong horse battery' }).catch(() => null)
      await login(world)
    }
    for (let i = 0; i < 6; i++)
      await login(world, { password: 'wrong horse battery' }).catch(() => null)
    await expect(login(world)).rejects.toEqual(refused('too_many_attempts'))
    await world.clock.advance(15 * 60_000 + 1)
    expect(signedIn(await login(world)).user.role).toBe('owner')
  })
  test('asks for the company when an address has accounts in two', async () => {
    const world = await startWorld()
    await world.register('acme')
    await world.register('globex')
    await expect(login(world)).rejects.toEqual(refused('invalid_credentials'))
    expect(await login(world, { slug: 'globex' })).toMatchObject({
      body: { user: { tenant: { id: 'globex' } } },
    })
  })
  test('M-065: cookies are hidden from scripts, and bound to this host over TLS', async () => {
    const plain = await startWorld()
    await plain.register()
    const cookies = (await login(plain)).headers['set-cookie'] as string[]
    expect(cookies).toHaveLength(3)
    expect(cookies[0]).toMatch(
      /^sluice_session=[^;]+; Path=\/; Max-Age=900; HttpOnly; SameSite=Lax$/,
    )
    expect(cookies[1]).toMatch(
      /^sluice_refresh=[^;]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    )
    const secure = await startWorld({ PUBLIC_URL: 'https://sluice.example' })
    await secure.register()
    for (const cookie of (await login(secure)).headers['set-cookie'] as string[])
      expect(cookie).toMatch(/^__Host-sluice_\w+=[^;]+; Path=\/; .*Secure; SameSite=/)
  })
  test('M-065: a browser that keeps cookies need not be shown the tokens', async () => {
    const world = await startWorld()
    await world.register()
    const reply = await login(world, { transport: 'cookie' })
    expect(reply.body).not.toHaveProperty('access_token')
    expect(reply.body).not.toHaveProperty('refresh_token')
    expect(reply.body).toHaveProperty('csrf_token')
    expect((await login(world, { transport: 'token' })).headers).not.toHaveProperty('set-cookie')
  })
})

describe('sessions', () => {
  const refresh = (world: World, token: string) =>
    world.call('auth.refresh', { body: { refresh_token: token } })

  test('M-061: a refresh token is exchanged once; a second time everything of its session ends', async () => {
    const world = await startWorld()
    const first = await world.register()
    const second = signedIn(await refresh(world, first.refresh_token))
    expect(await verdictOf(world, second.access_token)).toMatchObject({ valid: true })
    await expect(refresh(world, first.refresh_token)).rejects.toEqual(refused('invalid_session'))
    await expect(refresh(world, second.refresh_token)).rejects.toEqual(refused('invalid_session'))
    expect(await verdictOf(world, second.access_token)).toMatchObject({ valid: false })
    expect(world.announced.at(-1)?.change.id).toBe(`session-${first.user.id}`)
  })
  test('M-061: another session of the same person goes on', async () => {
    const world = await startWorld()
    const first = await world.register()
    const other = signedIn(await login(world))
    await refresh(world, first.refresh_token)
    await refresh(world, first.refresh_token).catch(() => null)
    expect(await verdictOf(world, other.access_token)).toMatchObject({ valid: true })
  })
  test('M-065: a refresh token from a cookie needs the token that only a page of ours knows', async () => {
    const world = await startWorld()
    const { refresh_token, csrf_token } = await world.register()
    const cookie = `sluice_refresh=${refresh_token}; sluice_csrf=${csrf_token}`
    await expect(world.call('auth.refresh', { headers: { cookie } })).rejects.toEqual(
      refused('csrf_failed'),
    )
    const headers = { cookie, 'x-csrf-token': csrf_token }
    expect((await world.call('auth.refresh', { headers })).headers['set-cookie']).toHaveLength(3)
  })
  test('M-062: logging out ends the session at once', async () => {
    const world = await startWorld()
    const { refresh_token, access_token } = await world.register()
    const reply = await world.call('auth.logout', { body: { refresh_token } })
    expect(
      (reply.headers['set-cookie'] as string[]).every((cookie) => cookie.includes('Max-Age=0')),
    ).toBe(true)
    expect(await verdictOf(world, access_token)).toMatchObject({ valid: false })
    await expect(refresh(world, refresh_token)).rejects.toEqual(refused('invalid_session'))
    expect(world.announced.at(-1)?.change).toMatchObject({ change: 'changed' })
  })
  test('M-062: logging out with nothing but an access token ends every session', async () => {
    const world = await startWorld()
    const { user, access_token } = await world.register()
    const other = signedIn(await login(world))
    await world.call('auth.logout', { principal: principalOf('acme', user.id, 'owner') })
    for (const token of [access_token, other.access_token])
      expect(await verdictOf(world, token)).toMatchObject({ valid: false })
  })
  test('a key of somebody does not end their sessions', async () => {
    const world = await startWorld()
    const { user, access_token } = await world.register()
    const { caller, access } = principalOf('acme', user.id, 'user')
    const principal = { caller: { ...caller, keyId: 'k1' as typeof caller.keyId }, access }
    await expect(world.call('auth.logout', { principal })).rejects.toEqual(refused('not_a_user'))
    expect(await verdictOf(world, access_token)).toMatchObject({ valid: true })
  })
  test('B-21: a token does not outlive its session, role or licence', async () => {
    const world = await startWorld({ USER_SESSION_TTL_SECONDS: '60' })
    const { access_token, user } = await world.register()
    await world.identity.tenants.change('acme', 'acme', { tier: 'pro' }, 0)
    expect(await verdictOf(world, access_token)).toMatchObject({ access: { tier: 'pro' } })
    await world.accounts.create({ ...owner2, passwordHash: null })
    await world.accounts.update('acme', user.id, { role: 'viewer' }, { within: ['owner'], at: 0 })
    expect(await verdictOf(world, access_token)).toMatchObject({ access: { role: 'viewer' } })
    await world.clock.advance(60_001)
    expect(await verdictOf(world, access_token)).toMatchObject({ valid: false })
    expect((decodeJwt(access_token).exp ?? 0) - (decodeJwt(access_token).iat ?? 0)).toBe(60)
  })
  test('M-061: the key set shows public keys only', async () => {
    const world = await startWorld()
    const { body } = await world.call('auth.jwks')
    const { keys } = body as { keys: Record<string, string>[] }
    expect(keys).toHaveLength(1)
    expect(Object.keys(keys[0] ?? {}).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x'])
    const { issuers } = await callRpc(
      world.queue,
      readTokenIssuers,
      { missing: null },
      { timeoutMs: 1_000 },
    )
    expect(issuers[0]).toMatchObject({ issuer: 'sluice', types: ['at+jwt'], claims: ['sid'] })
    expect(JSON.stringify(issuers)).not.toContain('"d"')
  })
})

const owner2 = {
  id: 'u0',
  tenantId: 'acme',
  email: 'o2@acme.example',
  name: 'O',
  role: 'owner',
  status: 'active',
  origin: 'local',
  createdAt: 0,
} as const

describe('passwords', () => {
  test('M-062: a change takes the old one, ends every session and opens a new one', async () => {
    const world = await startWorld()
    const { user, access_token } = await world.register()
    const principal = principalOf('acme', user.id, 'owner')
    const next = 'another horse battery'
    const change = (current: string) =>
      world.call('auth.change-password', {
        principal,
        body: { current_password: current, new_password: next },
      })
    await expect(change('wrong horse battery')).rejects.toEqual(refused('invalid_credentials'))
    const { access_token: fresh } = signedIn(await change(password))
    expect(await verdictOf(world, access_token)).toMatchObject({ valid: false })
    expect(await verdictOf(world, fresh)).toMatchObject({ valid: true })
    await expect(login(world)).rejects.toEqual(refused('invalid_credentials'))
    await login(world, { password: next })
  })
  test('M-062: a key cannot change the password of its owner', async () => {
    const world = await startWorld()
    const { user } = await world.register()
    const { caller, access } = principalOf('acme', user.id, 'owner')
    const principal = { caller: { ...caller, keyId: 'k1' as typeof caller.keyId }, access }
    const body = { current_password: password, new_password: 'another horse battery' }
    await expect(world.call('auth.change-password', { principal, body })).rejects.toEqual(
      refused('not_a_user'),
    )
  })
  test('M-062, M-064: a forgotten one is reset by a link that works once, and is never in a mail', async () => {
    const world = await startWorld()
    const { access_token } = await world.register()
    const forgot = (email: string) => world.call('auth.forgot-password', { body: { email } })
    expect(await forgot('anna@acme.example')).toEqual(await forgot('nobody@acme.example'))
    await world.clock.advance(1)
    const mails = world.mails.filter(({ template }) => template === 'password-reset')
    expect(mails).toHaveLength(1)
    const token = tokenOf(mails[0]?.values['resetUrl'])
    const reset = (next: string) =>
      world.call('auth.reset-password', { body: { token, password: next } })
    await expect(reset('short')).rejects.toEqual(refused('weak_password'))
    await reset('another horse battery')
    await expect(reset('a third horse battery')).rejects.toEqual(refused('invalid_token'))
    expect(await verdictOf(world, access_token)).toMatchObject({ valid: false })
    await login(world, { password: 'another horse battery' })
    expect(JSON.stringify(world.mails)).not.toContain('horse')
    expect(JSON.stringify(world.audited)).not.toContain('horse')
  })
  test('a link is good for an hour', async () => {
    const world = await startWorld()
    await world.register()
    await world.call('auth.forgot-password', { body: { email: 'anna@acme.example' } })
    await world.clock.advance(3_600_001)
    const token = tokenOf(world.mails.at(-1)?.values['resetUrl'])
    await expect(
      world.call('auth.reset-password', { body: { token, password: 'another horse battery' } }),
    ).rejects.toEqual(refused('invalid_token'))
  })
  test('M-068: the first owner comes from the environment once; a password changed since stays', async () => {
    const env = {
      BOOTSTRAP_ADMIN_EMAIL: 'root@acme.example',
      BOOTSTRAP_ADMIN_PASSWORD: password,
      BOOTSTRAP_ORG_NAME: 'Acme',
    }
    const world = await startWorld(env)
    expect(await login(world, { email: 'root@acme.example' })).toMatchObject({
      body: { user: { role: 'owner', tenant: { id: 'default', name: 'Acme' } } },
    })
  })
})

describe('invitations and people', () => {
  const invite = (
    world: World,
    by: ReturnType<typeof principalOf>,
    role = 'user',
    email = 'bert@acme.example',
  ) => world.call('auth.invite', { principal: by, body: { email, name: '<b>Bert</b>', role } })

  test('M-062: an invitation carries a link and no password; it is accepted once', async () => {
    const world = await startWorld()
    const { user } = await world.register()
    const owner = principalOf('acme', user.id, 'owner')
    const invited = (await invite(world, owner)).body as { id: string; status: string }
    expect(invited.status).toBe('invited')
    const mail = world.mails.at(-1)
    expect(mail).toMatchObject({
      template: 'user-invitation',
      to: 'bert@acme.example',
      values: { inviterName: 'Anna', companyName: 'Acme', slug: 'acme' },
    })
    await expect(login(world, { email: 'bert@acme.example' })).rejects.toEqual(
      refused('invalid_credentials'),
    )
    const token = tokenOf(mail?.values['inviteUrl'])
    const accept = () =>
      world.call('auth.accept-invitation', { body: { token, password: 'berts own password' } })
    expect((await accept()).body).toMatchObject({
      user: { id: invited.id, role: 'user', status: 'active' },
    })
    await expect(accept()).rejects.toEqual(refused('invalid_token'))
    await expect(invite(world, owner)).rejects.toEqual(refused('account_exists'))
  })
  test('where nobody knows the address of the gateway no link is sent, and nobody is made for it', async () => {
    const world = await startWorld({}, { linkBase: null })
    const { user } = await world.register()
    const owner = principalOf('acme', user.id, 'owner')
    await expect(invite(world, owner)).rejects.toEqual(refused('public_url_missing'))
    const body = { email: 'anna@acme.example' }
    await expect(world.call('auth.forgot-password', { body })).rejects.toEqual(
      refused('public_url_missing'),
    )
    expect(await world.accounts.findByEmail('bert@acme.example', 'acme')).toEqual([])
    expect(world.mails).toEqual([])
  })
  test('links begin with the address that the process itself listens on, where PUBLIC_URL is not set', async () => {
    const world = await startWorld({}, { linkBase: 'http://127.0.0.1:3017' })
    const { user } = await world.register()
    await invite(world, principalOf('acme', user.id, 'owner'))
    expect(world.mails.at(-1)?.values['inviteUrl']).toMatch(/^http:\/\/127\.0\.0\.1:3017\/accept/)
  })
  test('M-071, S-11: nobody gives a role above their own, or touches who has one', async () => {
    const world = await startWorld()
    const { user } = await world.register()
    const admin = principalOf('acme', 'u-admin', 'admin')
    await expect(invite(world, admin, 'owner')).rejects.toEqual(refused('role_not_allowed'))
    await invite(world, admin, 'admin')
    const [, bert] = [user.id, await world.accounts.findByEmail('bert@acme.example', 'acme')]
    const update = (id: string, body: object) =>
      world.call('users.update', { principal: admin, params: { id }, body })
    await expect(update(String(bert[0]?.id), { role: 'owner' })).rejects.toEqual(
      refused('role_not_allowed'),
    )
    await expect(update(user.id, { role: 'user' })).rejects.toEqual(refused('role_not_allowed'))
    await expect(update(user.id, { name: 'x' })).rejects.toEqual(refused('role_not_allowed'))
    await expect(
      world.call('users.delete', { principal: admin, params: { id: user.id } }),
    ).rejects.toEqual(refused('role_not_allowed'))
    for (const role of ['project_admin', 'user', 'viewer', 'operator'] as const)
      await expect(
        world.call('users.list', { principal: principalOf('acme', null, role) }),
      ).rejects.toEqual(refused('permission_denied'))
  })
  test('M-071: the last owner stays', async () => {
    const world = await startWorld()
    const { user } = await world.register()
    const owner = principalOf('acme', user.id, 'owner')
    const params = { id: user.id }
    for (const body of [{ role: 'admin' }, { status: 'disabled' }])
      await expect(world.call('users.update', { principal: owner, params, body })).rejects.toEqual(
        refused('last_owner'),
      )
    await expect(world.call('users.delete', { principal: owner, params })).rejects.toEqual(
      refused('last_owner'),
    )
  })
  test('S-12, M-069: unknown members are refused, and people of another company are not there', async () => {
    const world = await startWorld()
    const { user } = await world.register('acme')
    const other = await world.register('globex')
    const principal = principalOf('acme', user.id, 'owner')
    const body = { role: 'admin', tenant_id: 'globex' }
    await expect(
      world.call('users.update', { principal, params: { id: user.id }, body }),
    ).rejects.toEqual(refused('invalid_request'))
    const params = { id: other.user.id }
    for (const [route, asked] of [
      ['users.read', {}],
      ['users.update', { body: { role: 'user' } }],
      ['users.delete', {}],
    ] as const)
      await expect(world.call(route, { principal, params, ...asked })).rejects.toEqual(
        refused('user_not_found'),
      )
    expect((await world.call('users.list', { principal })).body).toMatchObject({
      data: [{ id: user.id }],
      has_more: false,
    })
  })
  test('M-078: a disabled person is out at once; who did it is written down without secrets', async () => {
    const world = await startWorld()
    const { user } = await world.register()
    const principal = principalOf('acme', user.id, 'owner')
    await invite(world, principal)
    const token = tokenOf(world.mails.at(-1)?.values['inviteUrl'])
    const bert = signedIn(
      await world.call('auth.accept-invitation', {
        body: { token, password: 'berts own password' },
      }),
    )
    await world.call('users.update', {
      principal,
      params: { id: bert.user.id },
      body: { status: 'disabled' },
    })
    expect(await verdictOf(world, bert.access_token)).toMatchObject({ valid: false })
    expect(world.announced.at(-1)).toMatchObject({
      tenant: 'acme',
      change: { id: `session-${bert.user.id}`, change: 'revoked' },
    })
    expect(world.audited.at(-1)).toMatchObject({
      route: 'users.update',
      change: {
        target: `user:${bert.user.id}`,
        before: { status: 'active' },
        after: { status: 'disabled' },
      },
    })
    expect(JSON.stringify(world.audited)).not.toMatch(/argon2|rt_|inv_/)
  })
})

test('who is not signed in to an account is in the audit log of its tenant, so many a minute', async () => {
  const world = await startWorld()
  const { user, refresh_token } = await world.register()
  const deniedOnes = () => world.audited.filter(({ outcome }) => outcome === 'denied')
  const wrong = (address: string) => login(world, { password: 'wrong password' }, address)
  await expect(wrong('203.0.113.1')).rejects.toEqual(refused('invalid_credentials'))
  await expect(wrong('203.0.113.1')).rejects.toEqual(refused('invalid_credentials'))
  await expect(login(world, { email: 'nobody@acme.example' })).rejects.toEqual(
    refused('invalid_credentials'),
  )
  const denied = (route: string, reason: string) => ({
    route,
    change: { target: `user:${user.id}`, tenantId: 'acme', after: { reason } },
  })
  const wrongPassword = denied('auth.login', 'invalid_credentials')
  expect(deniedOnes()).toMatchObject([wrongPassword, wrongPassword])

  const refresh = () => world.call('auth.refresh', { body: { refresh_token } })
  await refresh()
  await expect(refresh()).rejects.toEqual(refused('invalid_session'))
  expect(deniedOnes().slice(2)).toMatchObject([denied('auth.refresh', 'refresh_reused')])

  for (let i = 0; i < 30; i += 1)
    await expect(wrong(`203.0.114.${String(i)}`)).rejects.toEqual(refused('invalid_credentials'))
  expect(deniedOnes()).toHaveLength(30)
  await world.clock.advance(60_000)
  expect(deniedOnes().slice(30)).toMatchObject([
    { change: { tenantId: 'acme', after: { more_attempts: 3 } } },
  ])
  expect(JSON.stringify(world.audited)).not.toContain('wrong password')
})
