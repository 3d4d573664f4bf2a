import assert from 'node:assert/strict'
import type { UserId } from '@sluice/contracts/ids'
import type { AuthStore } from '../auth-store.ts'
import { noLimits, ownerPolicy } from '../tenancy.ts'
import { at, newKey, newTenant } from './identity-rows.ts'
import { assertSame, type StoreCase } from './store-case.ts'

const everything = { limit: 100, after: null }
const anybody = { projects: null, ownedBy: null }
const anna = 'anna' as UserId

const limits = {
  requestsPerMinute: 2,
  tokensPerMinute: 1_000,
  concurrency: 3,
  budget: { maxNanoUsd: 5_000_000_000, window: 'day' },
} as const

export const keyCases: readonly StoreCase<AuthStore>[] = [
  {
    title: 'M-066, M-067: keeps the policy of a key, and finds it by id within its tenant only',
    async run(store) {
      await store.ensureProject('default', 'default', 0)
      await store.tenants.add(newTenant('other'))
      const policy = {
        role: 'user',
        platform: false,
        scopes: ['/v1/embeddings'],
        ipAllow: ['10.0.0.0/8', '2001:db8::/32'],
        maxBodyBytes: 1_000,
        limits,
      } as const
      const key = newKey('k1', { policy, userId: anna, madeBy: 'bootstrap' })
      await store.saveKey(key)
      const stored = { ...key, revokedAt: null, lastUsedAt: null }
      assertSame(await store.findKeyById('default', 'k1'), stored)
      assert.equal(await store.findKeyById('other', 'k1'), null)
      assert.equal(await store.findKeyById('default', 'k2'), null)
    },
  },
  {
    title: 'a change of nothing but the policy is a change',
    async run(store) {
      await store.ensureProject('default', 'default', 0)
      await store.saveKey(newKey('k1'))
      const narrowed = newKey('k1', { policy: { ...ownerPolicy, limits } })
      assert.equal((await store.saveKey(narrowed))?.change, 'changed')
      assert.equal(await store.saveKey(narrowed), null)
    },
  },
  {
    title: 'changes a live key of the tenant; one that was revoked stays revoked',
    async run(store) {
      await store.ensureProject('default', 'default', 0)
      await store.ensureProject('other', 'default', 0)
      const key = newKey('k1')
      await store.saveKey(key)
      const changes = {
        keyName: 'another',
        models: ['demo/*'],
        policy: { ...ownerPolicy, limits },
        expiresAt: at + 9,
      }
      assert.equal(await store.changeKey('other', 'k1', changes, at), null)
      assert.equal((await store.changeKey('default', 'k1', changes, at))?.change, 'changed')
      assert.equal(await store.changeKey('default', 'k1', changes, at), null)
      const { policy, expiresAt, keyName, models } = changes
      const caller = { ...key.caller, keyName, models }
      const changed = { ...key, caller, policy, expiresAt, revokedAt: null, lastUsedAt: null }
      assertSame(await store.findKey(key.credentialHash), changed)
      await store.revokeKey('k1', at)
      const later = { ...changes, keyName: 'later' }
      assert.equal(await store.changeKey('default', 'k1', later, at), null)
      assertSame(await store.findKey(key.credentialHash), { ...changed, revokedAt: at })
    },
  },
  {
    title: 'M-066: notes when keys were last used, never backwards, and without a new revision',
    async run(store) {
      await store.ensureProject('default', 'default', 0)
      await store.saveKey(newKey('k1'))
      const revision = await store.revision()
      await store.noteUsed(
        new Map([
          ['k1', at + 60_000],
          ['gone', at],
        ]),
      )
      await store.noteUsed(new Map([['k1', at + 1]]))
      assert.equal((await store.findKeyById('default', 'k1'))?.lastUsedAt, at + 60_000)
      assert.equal(await store.saveKey(newKey('k1')), null)
      assert.equal(await store.revision(), revision)
    },
  },
  {
    title: 'lists the keys of a tenant in pages, of some projects, of one owner',
    async run(store) {
      await store.ensureProject('default', 'default', 0)
      await store.ensureProject('default', 'web', 0)
      await store.ensureProject('other', 'web', 0)
      const web = { projectId: 'web' as never }
      await store.saveKey(newKey('k1'))
      await store.saveKey(newKey('k2', { ...web, userId: anna }))
      await store.saveKey(newKey('k3', { madeBy: 'k1' }))
      await store.saveKey(newKey('K4', { ...web, tenantId: 'other' as never }))
      await store.revokeKey('k3', at)
      const listed = async (
        filter: Parameters<AuthStore['listKeys']>[1],
        page: Parameters<AuthStore['listKeys']>[2] = everything,
      ) => (await store.listKeys('default', filter, page)).map(({ caller }) => String(caller.keyId))
      assertSame(await listed(anybody), ['k1', 'k2', 'k3'])
      assertSame(await listed(anybody, { limit: 2, after: null }), ['k1', 'k2'])
      assertSame(await listed(anybody, { limit: 2, after: 'k2' }), ['k3'])
      assertSame(await listed({ ...anybody, projects: ['web'] }), ['k2'])
      assertSame(await listed({ ...anybody, projects: [] }), [])
      assertSame(await listed({ ...anybody, ownedBy: { userId: 'anna', keyId: 'k9' } }), ['k2'])
      assertSame(await listed({ ...anybody, ownedBy: { userId: null, keyId: 'k1' } }), ['k3'])
    },
  },
  {
    title: 'S-11: tells the limits of the keys that a key was made with, the nearest first',
    async run(store) {
      await store.ensureProject('default', 'default', 0)
      await store.saveKey(newKey('k1', { policy: { ...ownerPolicy, limits } }))
      await store.saveKey(newKey('k2', { madeBy: 'k1' }))
      await store.saveKey(newKey('k3', { madeBy: 'k2' }))
      const { caller } = newKey('k3')
      const standing = await store.standing(caller, 'k3')
      assertSame(standing?.makers, [
        { keyId: 'k2', keyName: 'name of k2', ...noLimits },
        { keyId: 'k1', keyName: 'name of k1', ...limits },
      ])
      assertSame((await store.standing(caller, 'k1'))?.makers, [])
      await store.saveKey(newKey('k4', { madeBy: 'k1' }))
      for (const id of ['k1', 'k3'])
        assertSame((await store.standing(caller, id))?.families, { k1: ['k1', 'k2', 'k3', 'k4'] })
      assertSame((await store.standing(newKey('k9').caller, 'k9'))?.families, {})
      assertSame((await store.standing(caller, null))?.makers, [])
    },
  },
]
