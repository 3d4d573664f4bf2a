import assert from 'node:assert/strict'
import { Role } from '@sluice/contracts/access'
import { ConfigurationChanged } from '@sluice/contracts/topics/configuration-changed'
import { IdentityChanged } from '@sluice/contracts/topics/identity-changed'
import type { AccountStore } from '../account-store.ts'
import type { AuthStore } from '../auth-store.ts'
import { defaultTiers } from '../default-tiers.ts'
import { identityTopics } from '../identity-facts.ts'
import { at, newBudget, newGroup, newKey, newPolicy, newProject } from './identity-rows.ts'
import { assertSame, type StoreCase } from './store-case.ts'

export interface AccountStores {
  readonly accounts: AccountStore
  /** Of the same identity. */
  readonly identity: AuthStore
}

/** What waits in the outbox, and is taken from it: `user anna created`. */
async function drained({ outbox }: AuthStore, revision: number | null = null): Promise<string[]> {
  const facts: string[] = []
  for (const topic of identityTopics) {
    await outbox.relay(topic, { limit: 100, inOrder: true }, async (events) => {
      for (const { value, attributes } of events) {
        const payload: unknown = JSON.parse(value)
        const fact = ConfigurationChanged.safeParse(payload).data ?? IdentityChanged.parse(payload)
        assert.equal(attributes.tenant, fact.tenant_id ?? '')
        assert.equal(fact.at, at)
        if (revision !== null) assert.ok(attributes.id.endsWith(`:${String(revision)}`))
        facts.push(`${fact.entity} ${fact.id} ${fact.change}`)
      }
      return []
    })
  }
  return facts
}

const user = {
  tenantId: 'acme',
  email: 'anna@acme.example',
  name: 'Anna',
  role: 'user',
  status: 'active',
  origin: 'local',
  passwordHash: null,
  createdAt: at,
} as const
const guard = { within: Role.options, at }
const ofAcme = { tenantId: 'acme' as never }

export const factCases: readonly StoreCase<AccountStores>[] = [
  {
    title:
      'M-261: tells of every change once, with the revision that it led to, and of nothing that was no change',
    async run({ identity, accounts }) {
      const { projects, groups, policies, budgets, licences, tenants } = identity
      const licence = {
        tenantId: 'acme',
        id: 'anna',
        email: null,
        tier: 'pro',
        features: null,
        resourceLimits: null,
        mcpServerUrl: null,
        expiresAt: null,
        createdAt: at,
        updatedAt: at,
      }
      await identity.ensureProject('acme', 'default', at)
      assertSame((await drained(identity)).toSorted(), [
        'project default created',
        'tenant acme created',
      ])
      const [free] = defaultTiers
      assert.ok(free)
      const fourth = { ...free, name: 'unlimited', rank: 9 }
      const update = (changes: object) => accounts.update('acme', 'anna', changes, guard)
      const session = { tenantId: 'acme', userId: 'anna', createdAt: at, expiresAt: at + 9 }
      const steps: readonly (readonly [step: () => Promise<unknown>, ...facts: string[]])[] = [
        [() => identity.ensureProject('acme', 'default', at)],
        [() => tenants.change('acme', 'acme', { name: 'ACME' }, at), 'tenant acme changed'],
        [() => projects.add(newProject('acme', 'x')), 'project x created'],
        [() => projects.change('acme', 'x', { disabledAt: at }, at), 'project x changed'],
        [() => projects.change('acme', 'x', { disabledAt: at }, at)],
        [() => groups.add(newGroup('acme', 'g')), 'group g created'],
        [() => groups.add(newGroup('acme', 'g'))],
        [() => policies.add(newPolicy('acme', 'p')), 'policy p created'],
        [() => policies.change('acme', 'p', { max: 7 }, at), 'policy p changed'],
        [() => policies.remove('acme', 'p', at), 'policy p deleted'],
        [() => policies.remove('acme', 'p', at)],
        [() => budgets.add(newBudget('acme', 'b')), 'budget b created'],
        [() => budgets.remove('acme', 'b', at), 'budget b deleted'],
        [() => identity.saveTier(fourth, at), 'tier unlimited created'],
        [() => identity.saveTier({ ...fourth, weight: 7 }, at), 'tier unlimited changed'],
        [() => identity.saveKey(newKey('k', ofAcme)), 'key k created'],
        [() => identity.saveKey(newKey('k', ofAcme))],
        [() => identity.saveKey(newKey('k', { ...ofAcme, keyName: 'renamed' })), 'key k changed'],
        [() => identity.revokeKey('k', at), 'key k revoked'],
        [() => identity.revokeKey('k', at)],
        [() => accounts.create({ ...user, id: 'anna' }), 'user anna created'],
        [() => accounts.create({ ...user, id: 'other' })],
        [() => licences.add(licence), 'licence anna created'],
        [() => identity.addMember('acme', 'g', 'anna', at), 'membership g/anna created'],
        [() => identity.addMember('acme', 'g', 'anna', at)],
        [() => update({ role: 'admin' }), 'user anna role_changed'],
        [() => update({ role: 'admin' })],
        [() => update({ name: 'Änne' }), 'user anna changed'],
        [() => update({ status: 'disabled', role: 'user' }), 'user anna disabled'],
        [() => update({ status: 'active' }), 'user anna enabled'],
        [
          () => accounts.setPassword('acme', 'anna', 'other', { at, keepSession: null }),
          'user anna changed',
        ],
        [() => accounts.startSession({ ...session, id: 's' }, { hash: 'h', usableUntil: at + 9 })],
        [() => accounts.endSession('acme', 's', at), 'key session-anna changed'],
        [() => accounts.endSessions('acme', 'anna', at)],
        [() => identity.removeMember('acme', 'g', 'anna', at), 'membership g/anna deleted'],
        [() => groups.remove('acme', 'g', at), 'group g deleted'],
        [() => accounts.delete('acme', 'anna', guard), 'user anna deleted'],
        [() => accounts.delete('acme', 'anna', guard)],
      ]
      for (const [n, [step, ...facts]] of steps.entries()) {
        const before = await identity.revision()
        await step()
        const message = `step ${String(n)}: ${String(step)}`
        const revision = await identity.revision()
        assertSame(revision, facts.length > 0 ? before + 1 : before, message)
        assertSame(await drained(identity, revision), facts, message)
      }
      assert.equal(await identity.outbox.backlog(), 0)
    },
  },
  {
    title: 'tells of keys that go together one by one, and of who signed in with a token twice',
    async run({ identity, accounts }) {
      await identity.ensureProject('acme', 'default', at)
      for (const id of ['k1', 'k2']) await identity.saveKey(newKey(id, ofAcme))
      await accounts.create({ ...user, id: 'anna' })
      const session = {
        id: 's',
        tenantId: 'acme',
        userId: 'anna',
        createdAt: at,
        expiresAt: at + 9,
      }
      await accounts.startSession(session, { hash: 'h', usableUntil: at + 9 })
      await drained(identity)
      await identity.revokeKeys('acme', ['k1', 'k2'], at, { keepOwner: false })
      const rotation = { tokenHash: 'h', at, ttlMs: 9 }
      await accounts.rotate({ ...rotation, nextHash: 'h2' })
      const reused = await accounts.rotate({ ...rotation, nextHash: 'h3' })
      assert.equal(reused.outcome, 'reused')
      assertSame(await drained(identity), [
        'key k1 revoked',
        'key k2 revoked',
        'key session-anna changed',
      ])
    },
  },
]
