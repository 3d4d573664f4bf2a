import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from '@jest/globals'
import { assertSame } from '@sluice/store/testing/store-case'
import { systemClock } from '@sluice/kernel/clock'
import { newUsageRecord, billsOn, usageEvent } from '@sluice/store/testing/usage-store-contract'
import type { Database } from '../database.ts'
import { createDatabaseEventLog } from '../database-event-log.ts'
import { createPostgresUsageStore } from '../postgres-usage-store.ts'
import { emptyUsageTables, readLedger } from './empty-tables.ts'

/** A usage store whose event log is in the same database: one transaction instead of an outbox. */
export function directPublishingCases(name: string, open: () => Database): void {
  const prepare = async () => {
    const database = open()
    const events = await createDatabaseEventLog(database, { clock: systemClock })
    const store = await createPostgresUsageStore(database, { events })
    await emptyUsageTables(database)
    return { database, events, store }
  }
  const layout = () => ({ name: randomUUID(), partitions: 1, retentionMs: -1, compacted: false })

  describe(`usage store beside its event log: ${name}`, () => {
    test('publishes the events of new rows in the transaction that writes them', async () => {
      const { database, events, store } = await prepare()
      await using _log = events
      const topic = layout()
      await events.createTopics([topic])
      const [first, second] = [newUsageRecord(1), newUsageRecord(2)]
      const seen = Promise.withResolvers<string[]>()
      const ids: string[] = []
      const handler = async (batch: readonly { key: string }[]) => {
        ids.push(...batch.map((event) => event.key))
        if (ids.length === 2) seen.resolve(ids)
      }
      await using _reader = await events.subscribe(topic.name, { group: 'g', maxBatch: 9 }, handler)
      await store.record([first], billsOn(topic.name))
      assert.equal(await store.record([first, second], billsOn(topic.name)), 1)
      assertSame(await seen.promise, [first.request_id, second.request_id])
      const stored = await events.read(topic.name, 0, 0n, 10)
      assertSame(
        stored,
        [first, second].map((record, i) => ({
          ...usageEvent(record),
          partition: 0,
          offset: BigInt(i),
        })),
      )
      assert.equal((await readLedger(database)).length, 2)
      assert.equal(await store.backlog(), 0)
    })

    test('writes the rows of a topic that nobody created yet, and keeps their events in the outbox', async () => {
      const { database, events, store } = await prepare()
      await using _log = events
      const topic = layout()
      assertSame(await store.waiting(), [])
      assert.equal(await store.record([newUsageRecord(1)], billsOn(topic.name)), 1)
      assert.equal((await readLedger(database)).length, 1)
      assert.equal(await store.backlog(), 1)
      await events.createTopics([topic])
      await store.record([newUsageRecord(2)], billsOn(topic.name))
      assertSame(await store.waiting(), [topic.name])
      await store.relay(topic.name, { limit: 10, inOrder: true }, async (batch) => {
        await events.publish(topic.name, batch)
        return []
      })
      assert.equal(await store.backlog(), 0)
      const keys = (await events.read(topic.name, 0, 0n, 10)).map((event) => event.key)
      assertSame(keys, [newUsageRecord(2).request_id, newUsageRecord(1).request_id])
    })
  })
}
