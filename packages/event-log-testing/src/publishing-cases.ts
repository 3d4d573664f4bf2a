import assert from 'node:assert/strict'
import type { EventLog, NewEvent, StoredEvent } from '@sluice/event-log'
import { idsOf, newEvent, newEvents, newTopic, type EventLogCase } from './event-log-case.ts'

/** Topics, publishing and replay. */
export const publishingCases: readonly EventLogCase[] = [
  {
    title: 'refuses to publish to a topic nobody created, and does not create it',
    async run(bench) {
      const log = await bench.open()
      const { name } = newTopic()
      const unknown = { code: 'unknown_topic', retryable: false }
      await assert.rejects(log.publish(name, newEvents(1)), unknown)
      await assert.rejects(log.publish(name, newEvents(1)), unknown)
    },
  },
  {
    title: 'refuses to read or subscribe to a topic nobody created',
    async run(bench) {
      const log = await bench.open()
      const { name } = newTopic()
      const unknown = { code: 'unknown_topic' }
      await assert.rejects(log.read(name, 0, 0n, 1), unknown)
      await assert.rejects(
        log.subscribe(name, { group: 'g', maxBatch: 1 }, async () => undefined),
        unknown,
      )
    },
  },
  {
    title: 'creates what is missing and leaves what exists untouched',
    async run(bench) {
      const log = await bench.open()
      const kept = newTopic(1)
      const added = newTopic(2)
      await log.createTopics([kept])
      await log.publish(kept.name, newEvents(2))
      await log.createTopics([{ ...kept, partitions: 3 }, added])
      assert.deepEqual(idsOf(await log.read(kept.name, 0, 0n, 10)), ['e0', 'e1'])
      await assert.rejects(log.read(kept.name, 1, 0n, 1), { code: 'unknown_topic' })
      assert.deepEqual(await log.read(added.name, 1, 0n, 1), [])
    },
  },
  {
    title:
      'rewrites events in their places and leaves all others as they were, or says that it cannot',
    async run(bench) {
      const log = await bench.open()
      const topic = newTopic(3)
      await log.createTopics([topic])
      for (let i = 0; i < 12; i += 1)
        await log.publish(topic.name, newEvents(3, `key${String(i)}`, i * 3))
      const all = async () => {
        const partitions = [0, 1, 2].map((partition) => log.read(topic.name, partition, 0n, 100))
        return (await Promise.all(partitions)).flat()
      }
      const before = await all()
      const isMeant = ({ attributes: { id } }: NewEvent) => id === 'e4' || id === 'e30'
      const changed = await log.rewrite(topic.name, (event) =>
        isMeant(event) ? { ...event, key: '', value: '' } : null,
      )
      const meant = before.map((event) =>
        isMeant(event) ? { ...event, key: '', value: '' } : event,
      )
      assert.equal(changed ?? 2, 2)
      assert.deepEqual(await all(), changed === null ? before : meant)
      await log.publish(topic.name, newEvents(1, 'key1', 99))
      assert.equal((await all()).length, 37)
    },
  },
  {
    title: 'can be read as soon as publish resolved',
    async run(bench) {
      const { log, topic } = await bench.openWithTopic()
      for (let i = 0; i < 5; i += 1) {
        await log.publish(topic, newEvents(1, 'key', i))
        assert.equal((await log.read(topic, 0, 0n, 10)).length, i + 1)
      }
    },
  },
  {
    title: 'gives back key, attributes and value as they were published',
    async run(bench) {
      const { log, topic } = await bench.openWithTopic()
      const plain = newEvent('tenant/ключ', 'plain', { text: 'żółć 🙂\n', empty: '', none: null })
      const traced: NewEvent = {
        ...newEvent('', 'traced', { long: 'x'.repeat(200_000) }),
        attributes: {
          ...plain.attributes,
          id: 'traced',
          traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        },
      }
      await log.publish(topic, [plain, traced])
      const stored = await log.read(topic, 0, 0n, 10)
      assert.deepEqual(stored, [
        { ...plain, partition: 0, offset: 0n },
        { ...traced, partition: 0, offset: 1n },
      ])
    },
  },
  {
    title: 'publishes nothing when there is nothing to publish',
    async run(bench) {
      const { log, topic } = await bench.openWithTopic()
      await log.publish(topic, [])
      assert.deepEqual(await log.read(topic, 0, 0n, 10), [])
    },
  },
  {
    title: 'keeps events of one key in one partition, in the order they were published',
    async run(bench) {
      const { log, topic } = await bench.openWithTopic(3)
      const keys = ['a', 'b', 'c', 'd', 'e']
      for (let batch = 0; batch < 6; batch += 1) {
        const rounds = [0, 1, 2, 3].map((round) => batch * 4 + round)
        await log.publish(
          topic,
          rounds.flatMap((round) => keys.map((key) => newEvent(key, `${key}${String(round)}`))),
        )
      }
      const stored = await readAll(log, topic, 3)
      for (const key of keys) {
        const own = stored.filter((event) => event.key === key)
        assert.equal(new Set(own.map((event) => event.partition)).size, 1, `partitions of ${key}`)
        assert.deepEqual(
          firstOccurrences(idsOf(own)),
          Array.from({ length: 24 }, (_, i) => `${key}${String(i)}`),
        )
      }
    },
  },
  {
    title: 'replays the same events from any kept offset, without a gap',
    async run(bench) {
      const { log, topic } = await bench.openWithTopic()
      for (let i = 0; i < 4; i += 1) await log.publish(topic, newEvents(5, 'key', i * 5))
      const all = await log.read(topic, 0, 0n, 100)
      assert.deepEqual(idsOf(all), idsOf(newEvents(20)))
      for (const start of [0, 1, 7, 19]) {
        const from = all[start]?.offset ?? 0n
        assert.deepEqual(await log.read(topic, 0, from, 100), all.slice(start))
        assert.deepEqual(await log.read(topic, 0, from, 3), all.slice(start, start + 3))
      }
    },
  },
  {
    title: 'answers a read beyond the end with nothing, at once',
    async run(bench) {
      const { log, topic } = await bench.openWithTopic()
      await log.publish(topic, newEvents(2))
      assert.deepEqual(await log.read(topic, 0, 2n, 10), [])
      assert.deepEqual(await log.read(topic, 0, 1000n, 10), [])
    },
  },
  {
    title: 'answers a ping while it is open, and refuses everything once it is closed',
    async run(bench) {
      const { log, topic } = await bench.openWithTopic()
      await log.ping()
      await log[Symbol.asyncDispose]()
      await log[Symbol.asyncDispose]()
      const closed = { code: 'dependency_unavailable', retryable: true }
      await assert.rejects(log.ping(), closed)
      await assert.rejects(log.publish(topic, newEvents(1)), closed)
      await assert.rejects(log.read(topic, 0, 0n, 1), closed)
    },
  },
]

/** A log may hold an event twice (it is published at least once); order is that of the first ones. */
function firstOccurrences(ids: readonly string[]): string[] {
  return [...new Set(ids)]
}

async function readAll(log: EventLog, topic: string, partitions: number): Promise<StoredEvent[]> {
  const reads = Array.from({ length: partitions }, (_, partition) =>
    log.read(topic, partition, 0n, 1000),
  )
  return (await Promise.all(reads)).flat()
}
