import { randomUUID } from 'node:crypto'
import { describe, test } from '@jest/globals'
import { systemClock } from '@sluice/kernel/clock'
import { assertSame } from '@sluice/store/testing/store-case'
import { newUsageRecord, usageEvent } from '@sluice/store/testing/usage-store-contract'
import type { Database } from '../database.ts'
import { createDatabaseEventLog, DatabaseEventLog } from '../database-event-log.ts'

const events = (...numbers: number[]) => numbers.map((n) => usageEvent(newUsageRecord(n)))
const keys = (numbers: readonly number[]) => numbers.map((n) => newUsageRecord(n).request_id)

/** Removing what is older than its topic keeps it. */
export function retentionCases(name: string, open: () => Database): void {
  describe(`retention of the database event log: ${name}`, () => {
    test('removes whole batches past their retention, and a group goes on with the oldest kept', async () => {
      const database = open()
      await createDatabaseEventLog(database, { clock: systemClock }).then((log) =>
        log[Symbol.asyncDispose](),
      )
      let now = Date.UTC(2026, 0, 1)
      const clock = { ...systemClock, now: () => now }
      await using log = new DatabaseEventLog(database, { clock })
      const layout = { partitions: 1, compacted: false }
      const [short, lasting] = [randomUUID(), randomUUID()]
      await log.createTopics([
        { ...layout, name: short, retentionMs: 1_000 },
        { ...layout, name: lasting, retentionMs: -1 },
      ])
      for (const topic of [short, lasting]) await log.publish(topic, events(1, 2))
      now += 1_001
      await log.publish(short, events(3))
      await log.sweep()

      const read = async (topic: string) =>
        (await log.read(topic, 0, 0n, 10)).map(({ key, offset }) => [key, offset])
      assertSame(await read(short), [[newUsageRecord(3).request_id, 2n]])
      assertSame(
        await read(lasting),
        keys([1, 2]).map((key, i) => [key, BigInt(i)]),
      )

      const seen = Promise.withResolvers<string[]>()
      await using _reader = await log.subscribe(
        short,
        { group: 'late', maxBatch: 10 },
        async (batch) => {
          seen.resolve(batch.map((event) => event.key))
        },
      )
      assertSame(await seen.promise, keys([3]))
    })

    test('a group whose events are all gone goes on with the next one', async () => {
      const database = open()
      let now = Date.UTC(2026, 0, 1)
      const clock = { ...systemClock, now: () => now }
      await using log = new DatabaseEventLog(database, { clock })
      const topic = randomUUID()
      await log.createTopics([{ name: topic, partitions: 1, retentionMs: 1_000, compacted: false }])
      await log.publish(topic, events(1))
      now += 1_001
      await log.sweep()
      const seen = Promise.withResolvers<string[]>()
      await using _reader = await log.subscribe(
        topic,
        { group: 'late', maxBatch: 10 },
        async (batch) => {
          seen.resolve(batch.map((event) => event.key))
        },
      )
      await log.publish(topic, events(2))
      assertSame(await seen.promise, keys([2]))
    })
  })
}
