import { describe, expect, test } from '@jest/globals'
import { principalOf, signedIn, startWorld } from './testing/account-world.ts'
import { type Ceremony, VirtualAuthenticator } from './testing/virtual-authenticator.ts'

const refused = (code: string) => expect.objectContaining({ code })

async function start() {
  const world = await startWorld()
  const { user } = await world.register()
  const principal = principalOf('acme', user.id, 'owner')
  const device = new VirtualAuthenticator()
  const challenge = async (route: string, asked = {}) =>
    ((await world.call(route, asked)).body as { challenge: string }).challenge
  const add = async (changes: Partial<Ceremony> = {}) => {
    const asked = await challenge('passkeys.options', { principal })
    const credential = device.register({ challenge: asked, ...changes })
    return world.call('passkeys.add', { principal, body: { name: 'laptop', credential } })
  }
  const loginChallenge = () => challenge('passkeys.login-options')
  const signInWith = (credential: object) => world.call('passkeys.login', { body: { credential } })
  const signIn = async (changes: Partial<Ceremony> = {}) =>
    signInWith(device.signIn({ challenge: await loginChallenge(), ...changes }))
  return { world, user, principal, device, add, signIn, signInWith, loginChallenge }
}

describe('passkeys', () => {
  test('M-063: a virtual authenticator registers and signs in', async () => {
    const { world, user, principal, add, signIn } = await start()
    expect((await add()).body).toMatchObject({ name: 'laptop' })
    expect(signedIn(await signIn()).user.id).toBe(user.id)
    expect(signedIn(await signIn()).user.id).toBe(user.id)
    const { body } = await world.call('passkeys.list', { principal })
    expect(body).toMatchObject({
      data: [{ name: 'laptop', last_used_at: expect.stringMatching(/Z$/) }],
    })
  })
  test('M-063: an answer is good once, for its own challenge, host, origin and purpose, with its person checked', async () => {
    const { device, add, signIn, signInWith, loginChallenge } = await start()
    await add()
    const credential = device.signIn({ challenge: await loginChallenge() })
    await signInWith(credential)
    await expect(signInWith(credential)).rejects.toEqual(refused('invalid_credentials'))
    for (const changes of [
      { challenge: 'bWFkZSB1cA' },
      { origin: 'https://evil.example' },
      { origin: 'http://localhost.evil.example' },
      { host: 'evil.example' },
      { userVerified: false },
      { type: 'webauthn.create' },
    ])
      await expect(signIn(changes)).rejects.toEqual(refused('invalid_credentials'))
  })
  test('M-063: a copy of a passkey is noticed by its counter', async () => {
    const { device, add, signIn } = await start()
    await add()
    await signIn()
    device.counter = 0
    await expect(signIn()).rejects.toEqual(refused('invalid_credentials'))
  })
  test('M-063: registering takes a challenge of one’s own, once', async () => {
    const { world, principal, device, add } = await start()
    const bert = principalOf('acme', 'bert', 'user')
    await world.accounts.create({
      id: 'bert',
      tenantId: 'acme',
      email: 'b@b.example',
      name: 'B',
      role: 'user',
      status: 'active',
      origin: 'local',
      passwordHash: null,
      createdAt: 0,
    })
    const options = await world.call('passkeys.options', { principal })
    const { challenge } = options.body as { challenge: string }
    const body = { name: 'stolen', credential: device.register({ challenge }) }
    await expect(world.call('passkeys.add', { principal: bert, body })).rejects.toEqual(
      refused('invalid_passkey'),
    )
    await expect(world.call('passkeys.add', { principal, body })).rejects.toEqual(
      refused('invalid_passkey'),
    )
    await add()
    await expect(add()).rejects.toEqual(refused('invalid_passkey'))
  })
  test('M-063: what is unknown, removed or of somebody disabled is refused alike', async () => {
    const { world, user, principal, device, add, signIn } = await start()
    await expect(signIn()).rejects.toEqual(refused('invalid_credentials'))
    await add()
    await world.accounts.create({
      id: 'o2',
      tenantId: 'acme',
      email: 'o@o.example',
      name: 'O',
      role: 'owner',
      status: 'active',
      origin: 'local',
      passwordHash: null,
      createdAt: 0,
    })
    await world.accounts.update(
      'acme',
      user.id,
      { status: 'disabled' },
      { within: ['owner'], at: 0 },
    )
    await expect(signIn()).rejects.toEqual(refused('invalid_credentials'))
    await world.accounts.update('acme', user.id, { status: 'active' }, { within: ['owner'], at: 0 })
    await signIn()
    const params = { id: Buffer.from(device.id).toString('base64url') }
    await world.call('passkeys.remove', { principal, params })
    await expect(world.call('passkeys.remove', { principal, params })).rejects.toEqual(
      refused('passkey_not_found'),
    )
    await expect(signIn()).rejects.toEqual(refused('invalid_credentials'))
  })
  test('M-063: the options are the same for everybody, and a key makes no passkeys', async () => {
    const { world, principal, add } = await start()
    await add()
    const { body } = await world.call('passkeys.login-options')
    expect(body).not.toHaveProperty('allowCredentials')
    const key = {
      ...principal,
      caller: { ...principal.caller, keyId: 'k1' as typeof principal.caller.keyId },
    }
    await expect(world.call('passkeys.options', { principal: key })).rejects.toEqual(
      refused('not_a_user'),
    )
  })
})
