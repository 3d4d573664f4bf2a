// Needs a Postgres server: DATABASE_URL. Two connection pools stand for two processes.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { systemClock } from '@sluice/kernel/clock'
import { newKey } from '@sluice/store/testing/identity-rows'
import { newUsageRecord, billsOn, usageEvent } from '@sluice/store/testing/usage-store-contract'
import type { Database } from '../src/database.ts'
import { createDatabaseEventLog } from '../src/database-event-log.ts'
import { createPostgresAuthStore } from '../src/postgres-auth-store.ts'
import { usageMigrations } from '../src/migrations/usage-migrations.ts'
import { openPostgres } from '../src/postgres-database.ts'
import { createPostgresUsageStore } from '../src/postgres-usage-store.ts'
import { createTemporaryDatabase, databaseUrl } from './temporary-postgres.ts'

const server = databaseUrl
if (server === undefined) {
  console.log('skipped: set DATABASE_URL to a Postgres server to let two processes compete on it')
  // A file without a test is an error to the runner. `npm test` names the missing server, and fails for it with REQUIRE_SERVERS=1.
  // oxlint-disable-next-line jest/no-disabled-tests -- the lane says what is missing
  test.skip('competing processes (DATABASE_URL is not set)', () => undefined)
} else {
  describe('two processes on one server', () => {
    const opened = new AsyncDisposableStack()
    let one: Database
    let two: Database
    beforeAll(async () => {
      const { url, drop } = await createTemporaryDatabase(server)
      opened.defer(drop)
      one = opened.use(await openPostgres({ url, poolMax: 4 }))
      two = opened.use(await openPostgres({ url, poolMax: 4 }))
    })
    afterAll(() => opened.disposeAsync())

    test('M-310 start at the same time and migrate once', async () => {
      await Promise.all([one, two, one, two].map((database) => createPostgresUsageStore(database)))
      const { rows } = await one.query('SELECT id FROM usage.migrations ORDER BY id')
      expect(rows).toEqual(usageMigrations.migrations.map(({ id }) => ({ id })))
    })

    test('FM29 a connection that breaks between two statements fails its transaction and nothing else', async () => {
      const broken = one.transaction(async (transaction) => {
        const { rows } = await transaction.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
        await two.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid ?? 0])
        await new Promise((resolve) => setTimeout(resolve, 200)) // the connection's end arrives while nobody asks anything
        await transaction.query('SELECT 1')
      })
      await expect(broken).rejects.toThrow('Postgres')
      expect((await one.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    })

    test('save the same new keys at the same time: each is there once, and changed once', async () => {
      const [first, second] = await Promise.all(
        [one, two].map((each) => createPostgresAuthStore(each)),
      )
      if (!first || !second) throw new Error('two stores')
      await first.ensureProject('default', 'default', 0)
      const before = await first.revision()
      const keys = Array.from({ length: 300 }, (_, n) => newKey(`key ${String(n)}`))
      await Promise.all(keys.flatMap((key) => [first.saveKey(key), second.saveKey(key)]))
      expect(await first.revision()).toBe(before + keys.length)
    })

    test('publish to the same partitions without a gap, a loss or a deadlock', async () => {
      const layout = { name: randomUUID(), partitions: 3, retentionMs: -1, compacted: false }
      await using first = await createDatabaseEventLog(one, { clock: systemClock })
      await using second = await createDatabaseEventLog(two, { clock: systemClock })
      await first.createTopics([layout])
      const events = Array.from({ length: 600 }, (_, n) => usageEvent(newUsageRecord(n)))
      const batches = Array.from({ length: 30 }, (_, i) => events.slice(i * 20, (i + 1) * 20))
      await Promise.all(
        batches.map((batch, i) => (i % 2 ? first : second).publish(layout.name, batch)),
      )
      const keys: string[] = []
      for (const partition of [0, 1, 2]) {
        const stored = await first.read(layout.name, partition, 0n, 1_000)
        expect(stored.map((event) => event.offset)).toEqual(stored.map((_, i) => BigInt(i)))
        keys.push(...stored.map((event) => event.key))
      }
      expect(keys.toSorted()).toEqual(events.map((event) => event.key).toSorted())
    })

    test('share a group: every event is handled once while both live', async () => {
      const layout = { name: randomUUID(), partitions: 4, retentionMs: -1, compacted: false }
      await using first = await createDatabaseEventLog(one, { clock: systemClock })
      await using second = await createDatabaseEventLog(two, { clock: systemClock })
      await first.createTopics([layout])
      const handled: string[] = []
      const done = Promise.withResolvers<void>()
      const handler = async (batch: readonly { key: string }[]) => {
        handled.push(...batch.map((event) => event.key))
        if (handled.length >= 400) done.resolve()
      }
      const group = { group: 'g', maxBatch: 10 }
      await using _a = await first.subscribe(layout.name, group, handler)
      await using _b = await second.subscribe(layout.name, group, handler)
      const events = Array.from({ length: 400 }, (_, n) => usageEvent(newUsageRecord(n)))
      for (let i = 0; i < 400; i += 40) await first.publish(layout.name, events.slice(i, i + 40))
      await done.promise
      expect(handled.toSorted()).toEqual(events.map((event) => event.key).toSorted())
    })

    test('take over a partition whose member is gone; one that was frozen past its lease cannot advance it', async () => {
      const layout = { name: randomUUID(), partitions: 1, retentionMs: -1, compacted: false }
      await using first = await createDatabaseEventLog(one, { clock: systemClock })
      await using second = await createDatabaseEventLog(two, { clock: systemClock })
      await first.createTopics([layout])
      const events = [1, 2].map((n) => usageEvent(newUsageRecord(n)))
      await first.publish(layout.name, events)
      const entered = Promise.withResolvers<void>()
      const thaw = Promise.withResolvers<void>()
      const group = { group: 'g', maxBatch: 10 }
      const frozen = await first.subscribe(layout.name, group, async () => {
        entered.resolve()
        await thaw.promise
      })
      await entered.promise
      // As if its lease had run out without a renewal.
      await two.query(
        `UPDATE events.groups SET holder = 'nobody', held_until = clock_timestamp() + interval '200 ms' WHERE topic = $1`,
        [layout.name],
      )
      const offset = async () => {
        const { rows } = await two.query<{ next_offset: number }>(
          'SELECT next_offset FROM events.groups WHERE topic = $1',
          [layout.name],
        )
        return rows[0]?.next_offset
      }
      const leaving = frozen[Symbol.asyncDispose]()
      thaw.resolve()
      await leaving
      expect(await offset()).toBe(0)
      const seen = Promise.withResolvers<string[]>()
      {
        await using _heir = await second.subscribe(layout.name, group, async (batch) => {
          seen.resolve(batch.map((event) => event.key))
        })
        expect(await seen.promise).toEqual(events.map((event) => event.key))
      }
      expect(await offset()).toBe(2)
    })

    test('relay the outbox together: every batch is published once', async () => {
      const stores = await Promise.all(
        [one, two].map((database) => createPostgresUsageStore(database)),
      )
      for (let n = 0; n < 40; n += 1)
        await stores[n % 2]?.record([newUsageRecord(n)], billsOn('gateway_usage'))
      const published: string[] = []
      const drain = async (store: (typeof stores)[number]) => {
        const publish = async (events: readonly { key: string }[]) => {
          published.push(...events.map((event) => event.key))
          return []
        }
        const options = { limit: 3, inOrder: false }
        while ((await store.relay('gateway_usage', options, publish)) > 0);
      }
      await Promise.all(stores.map(drain))
      expect(published.length).toBe(40)
      expect(new Set(published).size).toBe(40)
    })

    test('M-261: relay a topic in order, one at a time: what was stored later is published later', async () => {
      const stores = await Promise.all(
        [one, two].map((database) => createPostgresUsageStore(database)),
      )
      const numbers = Array.from({ length: 60 }, (_, n) => n)
      for (const n of numbers)
        await stores[n % 2]?.put([
          { topic: 'in-order', events: [{ ...usageEvent(newUsageRecord(n)), key: String(n) }] },
        ])
      const published: number[] = []
      const drain = async (store: (typeof stores)[number]) => {
        const publish = async (events: readonly { key: string }[]) => {
          for (const { key } of events) {
            await Promise.resolve()
            published.push(Number(key))
          }
          return []
        }
        while ((await store.backlog()) > 0)
          await store.relay('in-order', { limit: 3, inOrder: true }, publish)
      }
      await Promise.all(stores.map(drain))
      expect(published).toEqual(numbers)
    })

    test('a server that is away is a retryable 503 at once', async () => {
      await using away = await openPostgres({ url: 'postgres://nobody@127.0.0.1:1/x', poolMax: 1 })
      const refused = { code: 'dependency_unavailable', retryable: true }
      await expect(away.ping()).rejects.toMatchObject(refused)
      await expect(away.transaction(async () => undefined)).rejects.toMatchObject(refused)
    })

    test('a connection the server ends is replaced by the next query', async () => {
      const me = await two.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
      await one.query('SELECT pg_terminate_backend($1)', [me.rows[0]?.pid ?? 0])
      // The pool may learn of it only by using the connection once more.
      await two.ping().catch(() => undefined)
      await two.ping()
    })
  })
}
