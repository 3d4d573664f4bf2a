import assert from 'node:assert/strict'
import type { ProjectId, TenantId, UserId } from '@sluice/contracts/ids'
import type { AuthStore } from '../auth-store.ts'
import { defaultTiers } from '../default-tiers.ts'
import type { UserLicence } from '../tenancy.ts'
import { at, newBudget, newGroup, newPolicy, newProject, newTenant } from './identity-rows.ts'
import { assertSame, type StoreCase } from './store-case.ts'

const everything = { limit: 100, after: null }

function newLicence(tenantId: string, id: string): UserLicence {
  return {
    tenantId,
    id,
    email: `${id}@example.com`,
    tier: 'pro',
    features: ['LLM_CHAT'],
    resourceLimits: { memory: '1Gi', cpu: '1', disk: '1Gi', idleMinutes: null },
    mcpServerUrl: null,
    expiresAt: at + 5,
    createdAt: at,
    updatedAt: at,
  }
}

const of = (tenantId: string, projectId: string, userId: string | null = null) => ({
  tenantId: tenantId as TenantId,
  projectId: projectId as ProjectId,
  userId: userId as UserId | null,
})

export const tenancyCases: readonly StoreCase<AuthStore>[] = [
  {
    title: 'M-075: begins with the tiers free, pro and enterprise; a fourth is a row',
    async run(store) {
      assertSame(await store.listTiers(), defaultTiers)
      const revision = await store.revision()
      const [free] = defaultTiers
      assert.ok(free)
      const fourth = { ...free, name: 'unlimited', rank: 9, features: ['X'], projects: null }
      assert.equal(await store.saveTier(fourth, at), revision + 1)
      await store.saveTier({ ...fourth, weight: 7 }, at)
      const tiers = await store.listTiers()
      assertSame(tiers, [...defaultTiers, { ...fourth, weight: 7 }])
      assert.equal(await store.revision(), revision + 2)
    },
  },
  {
    title: 'keeps every kind of row as it was given, each in its tenant',
    async run(store) {
      for (const id of ['a', 'b']) await store.tenants.add(newTenant(id, { features: ['żółć'] }))
      const rows = [
        [store.projects, newProject('a', 'x', { models: ['demo/*'], membersOnly: true })],
        [store.groups, newGroup('a', 'x', { models: ['m'], projects: ['x'] })],
        [store.policies, newPolicy('a', 'x', { metric: 'concurrency', window: null })],
        [store.budgets, newBudget('a', 'x', { maxNanoUsd: null, target: 'anna' })],
        [store.licences, newLicence('a', 'x')],
      ] as const
      for (const [collection, row] of rows) {
        const add = collection.add.bind(collection) as (row: object) => Promise<unknown>
        const revision = await store.revision()
        assertSame(await add(row), {
          entity: 'tenant',
          id: 'a',
          change: 'created',
          revision: revision + 1,
          at,
        })
        assert.equal(await add({ ...row, createdAt: at + 1 }), 'exists')
        assertSame(await collection.find('a', 'x'), row)
        assert.equal(await collection.find('b', 'x'), null)
        assertSame(await collection.list('a', everything), [row])
        assertSame(await collection.list('b', everything), [])
      }
      assertSame(await store.tenants.find('b', 'b'), newTenant('b', { features: ['żółć'] }))
    },
  },
  {
    title: 'changes and removes rows, raising the revision only when something changed',
    async run(store) {
      await store.tenants.add(newTenant('a'))
      await store.tenants.add(newTenant('b'))
      await store.policies.add(newPolicy('a', 'p'))
      const revision = await store.revision()
      const changed = await store.policies.change('a', 'p', { max: 5, models: ['m'] }, at + 1)
      assertSame(changed, {
        entity: 'tenant',
        id: 'a',
        change: 'changed',
        revision: revision + 1,
        at: at + 1,
      })
      assertSame(
        await store.policies.find('a', 'p'),
        newPolicy('a', 'p', { max: 5, models: ['m'] }),
      )
      assert.equal(await store.policies.change('a', 'p', { max: 5 }, at), null)
      assert.equal(await store.policies.change('a', 'p', {}, at), null)
      assert.equal(await store.policies.change('b', 'p', { max: 6 }, at), null)
      assert.equal(await store.policies.remove('b', 'p', at), null)
      assert.equal(await store.revision(), revision + 1)
      assert.equal((await store.policies.remove('a', 'p', at))?.revision, revision + 2)
      assert.equal(await store.policies.remove('a', 'p', at), null)
      assert.equal(await store.policies.find('a', 'p'), null)
    },
  },
  {
    title: 'lists rows in pages in order of their ids, of one tenant or of all',
    async run(store) {
      for (const id of ['b', 'A', 'a', 'c']) await store.tenants.add(newTenant(id))
      for (const id of ['p2', 'P1', 'p3']) await store.budgets.add(newBudget('a', id))
      const ids = async (page: Parameters<typeof store.budgets.list>[1]) =>
        (await store.budgets.list('a', page)).map(({ id }) => id)
      assertSame(await ids({ limit: 2, after: null }), ['P1', 'p2'])
      assertSame(await ids({ limit: 2, after: 'p2' }), ['p3'])
      const tenants = await store.tenants.list(null, { limit: 3, after: 'A' })
      assertSame(
        tenants.map(({ id }) => id),
        ['a', 'b', 'c'],
      )
    },
  },
  {
    title: 'M-077: adds no more than the maximum, however many are added at once',
    async run(store) {
      await store.tenants.add(newTenant('a'))
      const added = await Promise.all(
        Array.from({ length: 6 }, (_, i) =>
          store.projects.add(newProject('a', `p${String(i)}`), 2),
        ),
      )
      assert.equal(added.filter((result) => result === 'full').length, 4)
      const [first] = await store.projects.list('a', everything)
      assert.ok(first)
      await store.projects.change('a', first.id, { disabledAt: at }, at)
      assert.notEqual(await store.projects.add(newProject('a', 'later'), 2), 'full')
    },
  },
  {
    title: 'M-072: a group has members once, and without them when it is made anew',
    async run(store) {
      await store.tenants.add(newTenant('a'))
      await store.groups.add(newGroup('a', 'g', { models: ['m'] }))
      const before = await store.revision()
      assert.equal(await store.addMember('a', 'g', 'anna', at), true)
      assert.equal(await store.addMember('a', 'g', 'anna', at), false)
      assert.equal(await store.addMember('a', 'none', 'anna', at), false)
      assert.equal(await store.addMember('a', 'g', 'bert', at), true)
      assert.equal(await store.revision(), before + 2)
      assertSame(await store.listMembers('a', 'g', everything), ['anna', 'bert'])
      assertSame(await store.listMembers('a', 'g', { limit: 1, after: 'anna' }), ['bert'])
      assertSame(await store.groupsOf('a', 'anna'), [newGroup('a', 'g', { models: ['m'] })])
      assertSame(await store.groupsOf('b', 'anna'), [])
      assert.equal(await store.removeMember('a', 'g', 'anna', at), true)
      assert.equal(await store.removeMember('a', 'g', 'anna', at), false)
      assertSame(await store.groupsOf('a', 'anna'), [])
      await store.groups.remove('a', 'g', at)
      await store.groups.add(newGroup('a', 'g'))
      assertSame(await store.listMembers('a', 'g', everything), [])
    },
  },
  {
    title: 'tells at one moment whatever decides what a caller may do',
    async run(store) {
      assert.equal(await store.standing(of('a', 'p'), null), null)
      for (const id of ['a', 'b']) await store.tenants.add(newTenant(id))
      await store.projects.add(newProject('a', 'p'))
      await store.groups.add(newGroup('a', 'g'))
      await store.groups.add(newGroup('a', 'other'))
      await store.addMember('a', 'g', 'anna', at)
      await store.policies.add(newPolicy('a', 'q'))
      await store.policies.add(newPolicy('b', 'q'))
      await store.budgets.add(newBudget('a', 'q'))
      await store.licences.add(newLicence('a', 'anna'))
      assertSame(await store.standing(of('a', 'p', 'anna'), null), {
        tenant: newTenant('a'),
        project: newProject('a', 'p'),
        tiers: defaultTiers,
        policies: [newPolicy('a', 'q')],
        budgets: [newBudget('a', 'q')],
        licence: newLicence('a', 'anna'),
        groups: [newGroup('a', 'g')],
        makers: [],
        families: {},
      })
      const nobody = await store.standing(of('a', 'none'), null)
      assertSame([nobody?.project, nobody?.licence, nobody?.groups], [null, null, []])
    },
  },
  {
    title: 'a tenant that the configuration names has no quotas',
    async run(store) {
      await store.ensureProject('a', 'p', 0)
      const tenant = await store.tenants.find('a', 'a')
      assertSame([tenant?.tier, tenant?.status, tenant?.name], ['enterprise', 'active', 'a'])
      assert.equal((await store.projects.find('a', 'p'))?.membersOnly, false)
    },
  },
]
