import { describe, expect, test } from '@jest/globals'
import { createMemoryAuthStore } from '@sluice/store/memory-auth-store'
import { noLimits, ownerPolicy } from '@sluice/store/tenancy'
import { newKey } from '@sluice/store/testing/identity-rows'
import { budgetsOf } from './budgets-of.ts'

const rule = (id: string, scope: 'tenant' | 'project' | 'user' | 'key', target: string | null) => ({
  tenantId: 'default',
  id,
  name: id,
  scope,
  target,
  window: 'month' as const,
  maxNanoUsd: 1_000,
  models: null,
  thresholds: [],
  createdAt: 0,
})

async function open() {
  const store = createMemoryAuthStore()
  await store.ensureProject('default', 'default', 0)
  await store.ensureProject('default', 'web', 0)
  const budget = { maxNanoUsd: 7, window: 'day' as const }
  await store.saveKey(
    newKey('maker', { policy: { ...ownerPolicy, limits: { ...noLimits, budget } } }),
  )
  await store.saveKey({ ...newKey('k1', { userId: 'anna' as never }), madeBy: 'maker' })
  for (const each of [
    rule('all', 'tenant', null),
    rule('projects', 'project', null),
    rule('web', 'project', 'web'),
    rule('users', 'user', null),
    rule('keys', 'key', null),
    rule('other', 'key', 'k2'),
  ])
    await store.budgets.add(each)
  const accounts = { find: async (_: string, id: string) => (id === 'anna' ? ({} as never) : null) }
  const tenantId = 'default' as never
  const ids = async (of: Parameters<typeof budgetsOf>[2]) =>
    (await budgetsOf({ store, accounts }, tenantId, of))?.limits.map(({ id }) => id).toSorted()
  return { store, accounts, ids }
}

describe('budgets of others', () => {
  test('a project has those of the tenant, of each project and its own, and none of people and keys', async () => {
    const { ids } = await open()
    expect(await ids({ project: 'web' })).toEqual([
      'budget:all',
      'budget:projects:project:web',
      'budget:web:project:web',
    ])
  })

  test('a key has those of its project, its user and the keys that it was made with', async () => {
    const { ids } = await open()
    expect(await ids({ key: 'k1' })).toEqual([
      'budget:all',
      'budget:keys:key:k1',
      'budget:projects:project:default',
      'budget:users:user:anna',
      'key:maker:cost:day',
    ])
  })

  test('a user has those of the tenant and of each user', async () => {
    const { ids } = await open()
    expect(await ids({ user: 'anna' })).toEqual(['budget:all', 'budget:users:user:anna'])
  })

  test('S-28: what the tenant does not have is null, whoever has it', async () => {
    const { store, accounts, ids } = await open()
    for (const each of [{ project: 'x' }, { key: 'x' }, { user: 'x' }])
      expect(await ids(each)).toBeUndefined()
    const other = await budgetsOf({ store, accounts }, 'other' as never, { key: 'k1' })
    expect(other).toBeNull()
  })
})
