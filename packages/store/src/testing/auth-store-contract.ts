import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import type { Caller } from '@sluice/contracts/caller'
import type { AuthStore } from '../auth-store.ts'
import { ownerPolicy } from '../tenancy.ts'
import { at, newKey } from './identity-rows.ts'
import { keyCases } from './key-cases.ts'
import { tenancyCases } from './tenancy-cases.ts'
import { assertSame, runStoreCases, type StoreCase, type StoreContract } from './store-case.ts'

export const authStoreCases: readonly StoreCase<AuthStore>[] = [
  {
    title: 'finds a key by the hash of its credential, with everything that was saved',
    async run(store) {
      await store.ensureProject('acme', 'web', 0)
      const key = newKey('k1', {
        tenantId: 'acme' as Caller['tenantId'],
        projectId: 'web' as Caller['projectId'],
        models: ['acme/*', 'żółć "quoted", {braced}'],
        expiresAt: at + 1,
        origin: 'api',
      })
      await store.saveKey(key)
      assertSame(await store.findKey(key.credentialHash), {
        ...key,
        revokedAt: null,
        lastUsedAt: null,
      })
      assert.equal(await store.findKey(hash('sha256', 'another')), null)
    },
  },
  {
    title: 'creates a project once, however often it is asked to',
    async run(store) {
      await Promise.all([
        store.ensureProject('acme', 'web', 0),
        store.ensureProject('acme', 'web', 0),
      ])
      const revision = await store.revision()
      await store.ensureProject('acme', 'web', 0)
      assert.equal(await store.revision(), revision)
    },
  },
  {
    title: 'refuses a key of a project that is not there',
    async run(store) {
      await assert.rejects(store.saveKey(newKey('k1')))
      assert.equal(await store.findKey(newKey('k1').credentialHash), null)
    },
  },
  {
    title:
      'says what a save changed and raises the revision; saving the same again changes nothing',
    async run(store) {
      await store.ensureProject('default', 'default', 0)
      const before = await store.revision()
      const created = await store.saveKey(newKey('k1'))
      assertSame(created, {
        entity: 'key',
        id: 'k1',
        change: 'created',
        revision: before + 1,
        at,
      })
      assert.equal(await store.saveKey(newKey('k1', { createdAt: at + 5 })), null)
      assert.equal(await store.revision(), before + 1)
      const changed = await store.saveKey(newKey('k1', { models: ['demo/*'] }))
      assert.equal(changed?.change, 'changed')
      assert.equal(changed.revision, before + 2)
      assert.equal(await store.revision(), before + 2)
    },
  },
  {
    title: 'replaces the credential of a key: the old one is unknown at once',
    async run(store) {
      await store.ensureProject('default', 'default', 0)
      await store.saveKey(newKey('k1'))
      const rotated = newKey('k1', { credentialHash: hash('sha256', 'rotated') })
      await store.saveKey(rotated)
      assert.equal(await store.findKey(newKey('k1').credentialHash), null)
      assert.equal((await store.findKey(rotated.credentialHash))?.caller.keyId, 'k1')
    },
  },
  {
    title: 'keeps a revoked key, tells revoked from unknown, and lets it live again',
    async run(store) {
      await store.ensureProject('default', 'default', 0)
      await store.saveKey(newKey('k1'))
      const revoked = await store.revokeKey('k1', at + 9)
      assert.equal(revoked?.change, 'revoked')
      assert.equal((await store.findKey(newKey('k1').credentialHash))?.revokedAt, at + 9)
      assert.equal(await store.revokeKey('k1', at + 10), null)
      assert.equal(await store.revokeKey('never-there', at), null)
      assert.equal((await store.saveKey(newKey('k1')))?.change, 'changed')
      assert.equal((await store.findKey(newKey('k1').credentialHash))?.revokedAt, null)
    },
  },
  {
    title: 'lets a credential move to another key once the first was revoked, not before',
    async run(store) {
      await store.ensureProject('default', 'default', 0)
      await store.saveKey(newKey('k1'))
      const { credentialHash } = newKey('k1')
      const heir = newKey('k2', { credentialHash })
      await assert.rejects(store.saveKey(heir))
      await store.revokeKey('k1', at)
      await store.saveKey(heir)
      assert.equal((await store.findKey(credentialHash))?.caller.keyId, 'k2')
    },
  },
  {
    title: 'lists the live keys of the configuration file only',
    async run(store) {
      await store.ensureProject('default', 'default', 0)
      await store.saveKey(newKey('in-file'))
      await store.saveKey(newKey('gone'))
      await store.saveKey(newKey('made', { origin: 'api' }))
      await store.revokeKey('gone', at)
      assertSame(await store.listFileKeys(), ['in-file'])
    },
  },
  {
    title: 'gives every change a revision of its own when several are made at once',
    async run(store) {
      await store.ensureProject('default', 'default', 0)
      const before = await store.revision()
      const changes = await Promise.all(
        Array.from({ length: 8 }, (_, i) => store.saveKey(newKey(`k${String(i)}`))),
      )
      const revisions = changes.map((change) => change?.revision ?? 0).toSorted((a, b) => a - b)
      assertSame(
        revisions,
        Array.from({ length: 8 }, (_, i) => before + 1 + i),
      )
    },
  },
  {
    title: 'revokes several keys of a tenant in one step, and none of another',
    async run(store) {
      await store.ensureProject('default', 'default', 0)
      for (const id of ['k1', 'k2', 'k3']) await store.saveKey(newKey(id))
      await store.revokeKey('k2', at)
      const revoked = await store.revokeKeys('default', ['k1', 'k2', 'x'], at + 1, anyOwner)
      assert.ok(revoked !== 'last_owner')
      assertSame(
        revoked.map(({ id, change }) => [id, change]),
        [['k1', 'revoked']],
      )
      assert.equal(revoked[0]?.revision, await store.revision())
      assert.equal((await store.findKeyById('default', 'k2'))?.revokedAt, at)
      assertSame(await store.revokeKeys('other', ['k3'], at, anyOwner), [])
      assert.equal((await store.findKeyById('default', 'k3'))?.revokedAt, null)
    },
  },
  {
    title: 'keeps a key of an owner that is live and nobody’s, where it is to',
    async run(store) {
      await store.ensureProject('default', 'default', 0)
      await store.ensureProject('other', 'default', 0)
      const save = (id: string, changes: Parameters<typeof newKey>[1]) =>
        store.saveKey(newKey(id, { origin: 'api', ...changes }))
      await save('owner', {})
      await save('anna', { userId: 'anna' as Caller['userId'] })
      await save('user', { policy: { ...ownerPolicy, role: 'user' } })
      await save('ends', { expiresAt: at })
      await save('gone', {})
      await save('foreign', { tenantId: 'other' as Caller['tenantId'] })
      await store.revokeKey('gone', at)
      const before = await store.revision()
      const revoke = () => store.revokeKeys('default', ['user', 'owner'], at, keepOwner)
      assert.equal(await revoke(), 'last_owner')
      assert.equal(await store.revision(), before)
      assert.equal((await store.findKeyById('default', 'user'))?.revokedAt, null)
      await save('second', { expiresAt: at + 1 })
      assert.equal((await revoke()).length, 2)
    },
  },
  {
    title: 'keeps one of two owners that revoke each other at the same moment',
    async run(store) {
      await store.ensureProject('default', 'default', 0)
      for (let round = 0; round < 8; round += 1) {
        const pair = [`a${String(round)}`, `b${String(round)}`]
        for (const id of pair) await store.saveKey(newKey(id))
        const results = await Promise.all(
          pair.map((id) => store.revokeKeys('default', [id], at, keepOwner)),
        )
        assert.equal(results.filter((result) => result === 'last_owner').length, 1)
        await store.revokeKeys('default', pair, at, anyOwner)
      }
    },
  },
]

const keepOwner = { keepOwner: true }
const anyOwner = { keepOwner: false }

/** Registers every case of the port as a test of one adapter. */
export function authStoreContract(contract: StoreContract<AuthStore>): void {
  runStoreCases('AuthStore', [...authStoreCases, ...keyCases, ...tenancyCases], contract)
}
