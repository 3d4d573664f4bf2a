import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { configurationChanged } from '@sluice/contracts/topics/configuration-changed'
import { identityChanged } from '@sluice/contracts/topics/identity-changed'
import { systemClock } from '@sluice/kernel/clock'
import { at, newKey, newPolicy } from '@sluice/store/testing/identity-rows'
import { assertSame } from '@sluice/store/testing/store-case'
import type { Database } from '../database.ts'
import { createDatabaseEventLog } from '../database-event-log.ts'
import { createPostgresAuthStore } from '../postgres-auth-store.ts'
import { emptyAuthTables } from './empty-tables.ts'

const newest = { entity: 'policy', id: 'p', tenant_id: 'acme', change: 'created' }

/** A change of identity and what is told of it are one. */
export function identityFactCases(name: string, open: () => Database): void {
  describe(`facts of identity: ${name}`, () => {
    test('a change whose fact cannot be stored is not made', async () => {
      const database = open()
      const store = await createPostgresAuthStore(database)
      await emptyAuthTables(database)
      await store.ensureProject('default', 'default', at)
      await store.saveKey(newKey('k'))
      const before = await store.revision()
      const script = (text: string) =>
        database.transaction((transaction) => transaction.script(text))
      await script('ALTER TABLE auth.outbox ADD CONSTRAINT full_up CHECK (false) NOT VALID')
      try {
        await assert.rejects(store.revokeKey('k', at))
        await assert.rejects(store.policies.add(newPolicy('default', 'p')))
        await assert.rejects(store.saveKey(newKey('k2')))
      } finally {
        await script('ALTER TABLE auth.outbox DROP CONSTRAINT full_up')
      }
      assert.equal((await store.findKeyById('default', 'k'))?.revokedAt, null)
      assert.equal(await store.findKeyById('default', 'k2'), null)
      assert.equal(await store.policies.find('default', 'p'), null)
      assert.equal(await store.revision(), before)
    })

    test('beside its event log a change publishes its facts in its own transaction', async () => {
      const database = open()
      await using events = await createDatabaseEventLog(database, { clock: systemClock })
      await events.createTopics([identityChanged, configurationChanged])
      const store = await createPostgresAuthStore(database, { events })
      await emptyAuthTables(database)
      await store.ensureProject('acme', 'default', at)
      await store.policies.add(newPolicy('acme', 'p'))
      assert.equal(await store.outbox.backlog(), 0)
      const published = await Promise.all(
        Array.from({ length: configurationChanged.partitions }, (_, partition) =>
          events.read(configurationChanged.name, partition, 0n, 1_000).catch(() => []),
        ),
      )
      const last = published.flat().filter(({ attributes }) => attributes.tenant === 'acme')
      assertSame(
        last.map(({ key, value }) => [key, JSON.parse(value) as unknown]),
        [['acme/policy/p', { ...newest, at, schema_version: 1 }]],
      )
    })
  })
}
