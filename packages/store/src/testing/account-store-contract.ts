import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import type {
  AccountUpdate,
  NewAccount,
  NewSession,
  OneTimeToken,
  Passkey,
} from '../account-store.ts'
import { type AccountStores, factCases } from './fact-cases.ts'
import { assertSame, runStoreCases, type StoreCase, type StoreContract } from './store-case.ts'

const at = Date.UTC(2026, 0, 2)
const hour = 3_600_000
const hashOf = (text: string) => hash('sha256', text)
const everybody = {
  within: ['owner', 'admin', 'project_admin', 'user', 'viewer', 'operator'],
  at,
} as const

export function newAccount(id: string, changes: Partial<NewAccount> = {}): NewAccount {
  return {
    id,
    tenantId: 'acme',
    email: `${id}@Acme.example`,
    name: `${id} "żółć" <b>`,
    role: 'user',
    status: 'active',
    origin: 'local',
    passwordHash: `$argon2id$v=19$${id}`,
    createdAt: at,
    ...changes,
  }
}

function session(id: string, changes: Partial<NewSession> = {}): NewSession {
  return { id, tenantId: 'acme', userId: 'anna', createdAt: at, expiresAt: at + hour, ...changes }
}

function token(secret: string, changes: Partial<OneTimeToken> = {}): OneTimeToken {
  return {
    hash: hashOf(secret),
    purpose: 'password-reset',
    tenantId: 'acme',
    userId: 'anna',
    data: null,
    expiresAt: at + hour,
    ...changes,
  }
}

function passkey(id: string, changes: Partial<Passkey> = {}): Passkey {
  return {
    id,
    tenantId: 'acme',
    userId: 'anna',
    name: 'laptop',
    publicKey: 'cHVibGlj',
    counter: 0,
    transports: ['internal', 'usb'],
    createdAt: at,
    lastUsedAt: null,
    ...changes,
  }
}

async function withAnna({ accounts, identity }: AccountStores): Promise<void> {
  await identity.ensureProject('acme', 'default', 0)
  await accounts.create(newAccount('anna'))
}

const first = (secret: string, usableUntil = at + hour) => ({ hash: hashOf(secret), usableUntil })

const rotation = (from: string, to: string, changes: object = {}) => ({
  tokenHash: hashOf(from),
  nextHash: hashOf(to),
  at: at + 1,
  ttlMs: hour,
  ...changes,
})

function outcomeOf({ outcome }: AccountUpdate): string {
  return outcome
}

const cases: readonly StoreCase<AccountStores>[] = [
  {
    title:
      'creates an account once per tenant and address, whatever its case, and says what changed',
    async run({ accounts, identity }) {
      await identity.ensureProject('acme', 'default', 0)
      await identity.ensureProject('globex', 'default', 0)
      const before = await identity.revision()
      const change = await accounts.create(newAccount('anna'))
      assertSame(change, {
        entity: 'key',
        id: 'session-anna',
        change: 'created',
        revision: before + 1,
        at,
      })
      assert.equal(await identity.revision(), before + 1)
      assert.equal(await accounts.create(newAccount('other', { email: 'ANNA@acme.EXAMPLE' })), null)
      assert.equal(await identity.revision(), before + 1)
      const elsewhere = { tenantId: 'globex', email: 'anna@acme.example' }
      assert.notEqual(await accounts.create(newAccount('there', elsewhere)), null)
      // Nobody proved this one: it neither takes an address nor is refused for one.
      const foreign = { origin: 'external', email: 'anna@acme.example' } as const
      assert.notEqual(await accounts.create(newAccount('foreign', foreign)), null)
      assertSame(
        (await accounts.findByEmail('Anna@ACME.example', null)).map(({ id }) => id),
        ['anna', 'there'],
      )
      assertSame(await accounts.findByEmail('anna@acme.example', 'acme'), [
        { ...newAccount('anna'), lastLoginAt: null },
      ])
    },
  },
  {
    title: 'refuses an account of a tenant that is not there',
    async run({ accounts }) {
      await assert.rejects(accounts.create(newAccount('anna')))
      assert.equal(await accounts.find('acme', 'anna'), null)
    },
  },
  {
    title: 'shows accounts to their tenant only, in order, without the password',
    async run(stores) {
      await withAnna(stores)
      const { accounts, identity } = stores
      await identity.ensureProject('globex', 'default', 0)
      for (const id of ['Zoe', 'bert', 'carl']) await accounts.create(newAccount(id))
      await accounts.create(newAccount('dora', { tenantId: 'globex' }))
      const ids = async (limit: number, after: string | null) =>
        (await accounts.list('acme', { limit, after })).map(({ id }) => id)
      assertSame(await ids(10, null), ['Zoe', 'anna', 'bert', 'carl'])
      assertSame(await ids(2, 'anna'), ['bert', 'carl'])
      assert.equal(await accounts.find('globex', 'anna'), null)
      assert.equal(await accounts.findPassword('globex', 'anna'), null)
      assert.equal(await accounts.findPassword('acme', 'anna'), '$argon2id$v=19$anna')
      const { passwordHash: _password, ...anna } = newAccount('anna')
      assertSame(await accounts.find('acme', 'anna'), { ...anna, lastLoginAt: null })
      assert.equal(
        outcomeOf(await accounts.update('globex', 'anna', { role: 'viewer' }, everybody)),
        'missing',
      )
      assert.equal(outcomeOf(await accounts.delete('globex', 'anna', everybody)), 'missing')
    },
  },
  {
    title: 'ensures the account of a foreign issuer once, however often it comes',
    async run({ accounts, identity }) {
      await identity.ensureProject('acme', 'default', 0)
      const foreign = newAccount('ext-1', { origin: 'external', passwordHash: null })
      const both = await Promise.all([accounts.ensure(foreign), accounts.ensure(foreign)])
      assertSame(both[0], both[1])
      const revision = await identity.revision()
      const again = await accounts.ensure({ ...foreign, name: 'another name', role: 'owner' })
      assert.equal(again.role, 'user')
      assert.equal(await identity.revision(), revision)
    },
  },
  {
    title: 'changes what may be changed, says so, and touches no account of a role it must not',
    async run(stores) {
      await withAnna(stores)
      const { accounts, identity } = stores
      const revision = await identity.revision()
      const raised = await accounts.update('acme', 'anna', { role: 'admin' }, everybody)
      assert.ok(raised.outcome === 'changed')
      assert.equal(raised.before.role, 'user')
      assert.equal(raised.after?.role, 'admin')
      assertSame(raised.change, {
        entity: 'key',
        id: 'session-anna',
        change: 'changed',
        revision: revision + 1,
        at,
      })
      const guard = { within: ['user', 'viewer'], at } as const
      assert.equal(
        outcomeOf(await accounts.update('acme', 'anna', { name: 'A' }, guard)),
        'forbidden',
      )
      assert.equal(outcomeOf(await accounts.delete('acme', 'anna', guard)), 'forbidden')
      assert.equal(
        outcomeOf(await accounts.update('acme', 'anna', { role: 'admin' }, everybody)),
        'unchanged',
      )
      assert.equal(await identity.revision(), revision + 1)
    },
  },
  {
    title: 'keeps the last active owner, also when two give up being one at the same time',
    async run(stores) {
      await withAnna(stores)
      const { accounts } = stores
      await accounts.create(newAccount('o1', { role: 'owner' }))
      assert.equal(
        outcomeOf(await accounts.update('acme', 'o1', { role: 'admin' }, everybody)),
        'last_owner',
      )
      assert.equal(
        outcomeOf(await accounts.update('acme', 'o1', { status: 'disabled' }, everybody)),
        'last_owner',
      )
      assert.equal(outcomeOf(await accounts.delete('acme', 'o1', everybody)), 'last_owner')
      await accounts.create(newAccount('o2', { role: 'owner' }))
      const outcomes = await Promise.all([
        accounts.update('acme', 'o1', { role: 'admin' }, everybody),
        accounts.update('acme', 'o2', { role: 'admin' }, everybody),
      ])
      assertSame(outcomes.map(outcomeOf).toSorted(), ['changed', 'last_owner'])
    },
  },
  {
    title: 'a disabled account has no sessions; a deleted one leaves nothing behind',
    async run(stores) {
      await withAnna(stores)
      const { accounts } = stores
      await accounts.startSession(session('s1'), first('r1'))
      const disabled = await accounts.update('acme', 'anna', { status: 'disabled' }, everybody)
      assert.ok(disabled.outcome === 'changed' && disabled.change.change === 'revoked')
      assert.equal((await accounts.findSession('s1'))?.session.endedAt, at)
      assert.equal((await accounts.rotate(rotation('r1', 'r2'))).outcome, 'refused')
      await accounts.addPasskey(passkey('p1'))
      await accounts.saveToken(token('t1'))
      const deleted = await accounts.delete('acme', 'anna', everybody)
      assert.ok(deleted.outcome === 'changed' && deleted.after === null)
      assert.equal(await accounts.findSession('s1'), null)
      assert.equal(await accounts.findPasskey('p1'), null)
      assert.equal(await accounts.readToken(hashOf('t1'), 'password-reset', at), null)
      assert.equal(await accounts.find('acme', 'anna'), null)
    },
  },
  {
    title:
      'a new password ends every other session and every one-time token, and accepts an invitation',
    async run(stores) {
      await withAnna(stores)
      const { accounts } = stores
      for (const id of ['s1', 's2']) await accounts.startSession(session(id), first(`r-${id}`))
      await accounts.saveToken(token('t1'))
      const change = await accounts.setPassword('acme', 'anna', 'new', { at, keepSession: 's1' })
      assert.equal(change?.change, 'changed')
      assert.equal((await accounts.findSession('s1'))?.session.endedAt, null)
      assert.equal((await accounts.findSession('s2'))?.session.endedAt, at)
      assert.equal(await accounts.takeToken(hashOf('t1'), 'password-reset', at), null)
      assert.equal(await accounts.findPassword('acme', 'anna'), 'new')
      await accounts.rehash('acme', 'anna', 'old', 'wrong')
      await accounts.rehash('acme', 'anna', 'new', 'dearer')
      assert.equal(await accounts.findPassword('acme', 'anna'), 'dearer')

      await accounts.create(newAccount('bert', { status: 'invited', passwordHash: null }))
      await accounts.setPassword('acme', 'bert', 'first', { at, keepSession: null })
      assert.equal((await accounts.find('acme', 'bert'))?.status, 'active')
      await accounts.update('acme', 'bert', { status: 'disabled' }, everybody)
      assert.equal(await accounts.setPassword('acme', 'bert', 'x', { at, keepSession: null }), null)
    },
  },
  {
    title:
      'M-061: a refresh token is taken once; a second time ends the session, and nothing of it is good',
    async run(stores) {
      await withAnna(stores)
      const { accounts, identity } = stores
      await accounts.startSession(session('s1'), first('r1'))
      assert.equal((await accounts.find('acme', 'anna'))?.lastLoginAt, at)
      const rotated = await accounts.rotate(rotation('r1', 'r2'))
      assert.ok(rotated.outcome === 'rotated')
      assertSame(rotated.session, { ...session('s1'), endedAt: null })
      assert.equal(rotated.account.id, 'anna')
      const before = await identity.revision()
      const reused = await accounts.rotate(rotation('r1', 'r3'))
      assert.ok(reused.outcome === 'reused')
      assert.equal(reused.change?.revision, before + 1)
      assert.equal(await identity.revision(), before + 1)
      assert.equal((await accounts.findSession('s1'))?.session.endedAt, at + 1)
      assert.equal((await accounts.rotate(rotation('r2', 'r4'))).outcome, 'refused')
      const again = await accounts.rotate(rotation('r1', 'r5'))
      assert.ok(again.outcome === 'reused' && again.change === null)
      assert.equal((await accounts.rotate(rotation('never', 'r6'))).outcome, 'refused')
    },
  },
  {
    title:
      'M-061: of two that come with the same refresh token one is refused and the session ends',
    async run(stores) {
      await withAnna(stores)
      const { accounts } = stores
      await accounts.startSession(session('s1'), first('r1'))
      const outcomes = await Promise.all([
        accounts.rotate(rotation('r1', 'a')),
        accounts.rotate(rotation('r1', 'b')),
      ])
      assertSame(outcomes.map(({ outcome }) => outcome).toSorted(), ['reused', 'rotated'])
      assert.notEqual((await accounts.findSession('s1'))?.session.endedAt, null)
    },
  },
  {
    title:
      'a refresh token is good as long as it may lie unused, and never longer than its session',
    async run(stores) {
      await withAnna(stores)
      const { accounts } = stores
      await accounts.startSession(session('s1'), first('r1'))
      await accounts.rotate(rotation('r1', 'r2', { ttlMs: 1_000 }))
      const late = rotation('r2', 'r3', { at: at + 1_001 })
      assert.equal((await accounts.rotate(late)).outcome, 'refused')
      await accounts.startSession(session('s2'), first('q1'))
      const over = rotation('q1', 'q2', { at: at + hour })
      assert.equal((await accounts.rotate(over)).outcome, 'refused')
      await accounts.startSession(session('s3'), first('p1', at + 1))
      assert.equal((await accounts.rotate(rotation('p1', 'p2'))).outcome, 'refused')
    },
  },
  {
    title: 'ends a session once, and only that of its tenant',
    async run(stores) {
      await withAnna(stores)
      const { accounts } = stores
      await accounts.startSession(session('s1'), first('r1'))
      assert.equal(await accounts.endSession('globex', 's1', at), null)
      assert.equal((await accounts.endSession('acme', 's1', at))?.id, 'session-anna')
      assert.equal(await accounts.endSession('acme', 's1', at), null)
      assert.equal((await accounts.rotate(rotation('r1', 'r2'))).outcome, 'refused')
      assert.equal(await accounts.findSession('never'), null)
      await accounts.startSession(session('s2'), first('q1'))
      assert.equal((await accounts.findSessionByToken(hashOf('q1')))?.id, 's2')
      assert.equal(await accounts.findSessionByToken(hashOf('never')), null)
      assert.equal(await accounts.endSessions('globex', 'anna', at), null)
      assert.equal((await accounts.endSessions('acme', 'anna', at))?.change, 'changed')
      assert.equal(await accounts.endSessions('acme', 'anna', at), null)
      assert.equal((await accounts.findSession('s2'))?.session.endedAt, at)
    },
  },
  {
    title:
      'a one-time token is taken once, for its purpose, before it expires; the latest of an account counts',
    async run(stores) {
      await withAnna(stores)
      const { accounts } = stores
      await accounts.saveToken(token('old'))
      await accounts.saveToken(token('new', { data: '{"a":1}' }))
      await accounts.saveToken(token('other', { purpose: 'invitation' }))
      await accounts.saveToken(token('nobody', { purpose: 'oidc', tenantId: null, userId: null }))
      const take = (secret: string, purpose: OneTimeToken['purpose'], when = at) =>
        accounts.takeToken(hashOf(secret), purpose, when)
      assert.equal(await take('old', 'password-reset'), null)
      assert.equal(await take('new', 'invitation'), null)
      assert.equal(await take('new', 'password-reset', at + hour), null)
      assertSame(
        await accounts.readToken(hashOf('new'), 'password-reset', at),
        token('new', { data: '{"a":1}' }),
      )
      const both = await Promise.all([take('new', 'password-reset'), take('new', 'password-reset')])
      assert.equal(both.filter((taken) => taken !== null).length, 1)
      assert.notEqual(await take('other', 'invitation'), null)
      assert.notEqual(await take('nobody', 'oidc'), null)
    },
  },
  {
    title:
      'M-064: counts attempts in a window that begins with the first, exactly, however many come at once',
    async run({ accounts }) {
      const counts = await Promise.all(
        Array.from({ length: 6 }, () => accounts.countAttempt('b', hour, at)),
      )
      assertSame(
        counts.map(({ count }) => count).toSorted((a, b) => a - b),
        [1, 2, 3, 4, 5, 6],
      )
      assert.ok(counts.every(({ endsAt }) => endsAt === at + hour))
      await accounts.forgiveAttempts('b', 2)
      assert.equal((await accounts.countAttempt('b', hour, at + 1)).count, 5)
      await accounts.forgiveAttempts('b', null)
      assert.equal((await accounts.countAttempt('b', hour, at + 1)).count, 1)
      assertSame(await accounts.countAttempt('b', hour, at + hour), {
        count: 1,
        endsAt: at + 2 * hour,
      })
      assert.equal((await accounts.countAttempt('other', hour, at)).count, 1)
    },
  },
  {
    title: 'M-063: keeps passkeys, each credential once, and lets only their account remove them',
    async run(stores) {
      await withAnna(stores)
      const { accounts } = stores
      assert.equal(await accounts.addPasskey(passkey('p1')), true)
      assert.equal(await accounts.addPasskey(passkey('p1', { name: 'again' })), false)
      await accounts.addPasskey(passkey('p2', { createdAt: at + 1, transports: [] }))
      await accounts.notePasskeyUse('p1', 7, at + 9)
      assertSame(await accounts.listPasskeys('acme', 'anna'), [
        passkey('p1', { counter: 7, lastUsedAt: at + 9 }),
        passkey('p2', { createdAt: at + 1, transports: [] }),
      ])
      assert.equal(await accounts.removePasskey('acme', 'bert', 'p1'), false)
      assert.equal(await accounts.removePasskey('globex', 'anna', 'p1'), false)
      assert.equal(await accounts.removePasskey('acme', 'anna', 'p1'), true)
      assert.equal(await accounts.findPasskey('p1'), null)
    },
  },
  {
    title: 'prunes what has expired and nothing else',
    async run(stores) {
      await withAnna(stores)
      const { accounts } = stores
      await accounts.startSession(session('gone'), first('r1'))
      await accounts.startSession(session('stays', { expiresAt: at + 2 * hour }), first('r2'))
      await accounts.saveToken(token('gone'))
      await accounts.saveToken(token('stays', { purpose: 'invitation', expiresAt: at + 2 * hour }))
      await accounts.prune(at + hour)
      assert.equal(await accounts.findSession('gone'), null)
      assert.notEqual(await accounts.findSession('stays'), null)
      assert.equal(await accounts.readToken(hashOf('gone'), 'password-reset', at), null)
      assert.notEqual(await accounts.readToken(hashOf('stays'), 'invitation', at), null)
    },
  },
]

export function accountStoreContract(contract: StoreContract<AccountStores>): void {
  runStoreCases('AccountStore', [...cases, ...factCases], contract)
}
