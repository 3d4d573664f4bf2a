import assert from 'node:assert/strict'
import type { StoredEvent } from '@sluice/event-log'
import { idsOf, newEvent, newEvents, newTopic, type EventLogCase } from './event-log-case.ts'

/** Consumer groups: who gets what, how often, and when a group's offset moves. */
export const groupCases: readonly EventLogCase[] = [
  {
    title: 'gives every group every event, starting at the oldest',
    async run(bench) {
      const { log, topic } = await bench.openWithTopic(3)
      const keys = ['a', 'b', 'c', 'd', 'e', 'f']
      await log.publish(
        topic,
        keys.map((key) => newEvent(key, `${key}1`)),
      )
      const billing = bench.recorder()
      const audit = bench.recorder()
      await log.subscribe(topic, { group: 'billing', maxBatch: 10 }, billing.handle)
      await log.subscribe(topic, { group: 'audit', maxBatch: 10 }, audit.handle)
      await log.publish(
        topic,
        keys.map((key) => newEvent(key, `${key}2`)),
      )
      const expected = keys.flatMap((key) => [`${key}1`, `${key}2`]).toSorted()
      for (const recorder of [billing, audit]) {
        await recorder.reaches(expected.length)
        assert.deepEqual(recorder.ids.toSorted(), expected)
      }
    },
  },
  {
    title: 'shares the events of a group among its members',
    async run(bench) {
      const { log, topic } = await bench.openWithTopic(4)
      const first = bench.recorder()
      const second = bench.recorder()
      const group = { group: 'shared', maxBatch: 10 }
      await log.subscribe(topic, group, first.handle)
      await log.subscribe(topic, group, second.handle)
      const events = Array.from({ length: 60 }, (_, i) => newEvent(`key${String(i)}`, String(i)))
      await log.publish(topic, events)
      const ids = () => [...first.ids, ...second.ids]
      await bench.until(
        () => new Set(ids()).size === 60,
        () => `60 events, got ${String(new Set(ids()).size)}`,
      )
      const both = first.ids.filter((id) => second.ids.includes(id))
      assert.deepEqual(both, [], 'events that went to two members')
    },
  },
  {
    title: 'keeps two topics apart that are read under one group name',
    async run(bench) {
      const { log, topic: orders } = await bench.openWithTopic(2)
      const refunds = newTopic(2)
      await log.createTopics([refunds])
      const ordered = bench.recorder()
      const refunded = bench.recorder()
      const group = { group: 'reports', maxBatch: 10 }
      await log.subscribe(orders, group, ordered.handle)
      await log.subscribe(refunds.name, group, refunded.handle)
      const keys = ['a', 'b', 'c', 'd', 'e', 'f']
      await log.publish(
        orders,
        keys.map((key) => newEvent(key, `order-${key}`)),
      )
      await log.publish(
        refunds.name,
        keys.map((key) => newEvent(key, `refund-${key}`)),
      )
      await ordered.reaches(keys.length)
      await refunded.reaches(keys.length)
      assert.deepEqual(
        ordered.ids.toSorted(),
        keys.map((key) => `order-${key}`),
      )
      assert.deepEqual(
        refunded.ids.toSorted(),
        keys.map((key) => `refund-${key}`),
      )
    },
  },
  {
    title:
      'delivers each partition in offset order, in batches of one partition and at most maxBatch',
    async run(bench) {
      const { log, topic } = await bench.openWithTopic(3)
      const events = Array.from({ length: 90 }, (_, i) =>
        newEvent(`key${String(i % 9)}`, String(i)),
      )
      await log.publish(topic, events.slice(0, 60))
      const recorder = bench.recorder()
      await log.subscribe(topic, { group: 'ordered', maxBatch: 7 }, recorder.handle)
      await log.publish(topic, events.slice(60))
      await recorder.reaches(90)
      const last = new Map<number, bigint>()
      for (const batch of recorder.batches) {
        assert.ok(batch.length >= 1 && batch.length <= 7, `batch of ${String(batch.length)}`)
        assert.equal(new Set(batch.map((event) => event.partition)).size, 1)
        for (const { partition, offset } of batch) {
          assert.ok(offset > (last.get(partition) ?? -1n), `offset ${String(offset)} out of order`)
          last.set(partition, offset)
        }
      }
    },
  },
  {
    title: 'gives a handler that throws the same batch again before anything later',
    async run(bench) {
      const { log, topic } = await bench.openWithTopic()
      await log.publish(topic, newEvents(6))
      const batches: string[][] = []
      const handler = async (events: readonly StoredEvent[]) => {
        batches.push(idsOf(events))
        if (batches.length <= 2) throw new Error('planted')
      }
      await log.subscribe(topic, { group: 'stubborn', maxBatch: 3 }, handler)
      await bench.until(
        () => batches.flat().includes('e5'),
        () => `the last event, got ${JSON.stringify(batches)}`,
      )
      assert.deepEqual(batches[1], batches[0])
      assert.deepEqual(batches[2], batches[0])
      assert.deepEqual(batches.slice(2).flat(), idsOf(newEvents(6)))
    },
  },
  {
    title: 'does not advance the offset of a group before its handler resolved',
    async run(bench) {
      const { log, topic } = await bench.openWithTopic()
      await log.publish(topic, newEvents(3))
      const group = { group: 'careful', maxBatch: 10 }
      let failures = 0
      const failing = await log.subscribe(topic, group, async () => {
        failures += 1
        throw new Error('planted')
      })
      await bench.until(
        () => failures > 0,
        () => 'the handler to fail once',
      )
      await failing[Symbol.asyncDispose]()
      const recorder = bench.recorder()
      await log.subscribe(topic, group, recorder.handle)
      await recorder.reaches(3)
      assert.deepEqual(recorder.ids, ['e0', 'e1', 'e2'])
    },
  },
  {
    title: 'waits for a running handler when a subscription is disposed, and keeps its offset',
    async run(bench) {
      const { log, topic } = await bench.openWithTopic()
      await log.publish(topic, newEvents(2))
      const group = { group: 'leaving', maxBatch: 10 }
      const entered = Promise.withResolvers<void>()
      const release = Promise.withResolvers<void>()
      let finished = 0
      const subscription = await log.subscribe(topic, group, async (events) => {
        entered.resolve()
        await release.promise
        finished += events.length
      })
      await entered.promise
      const finishedAtDisposal = subscription[Symbol.asyncDispose]().then(() => finished)
      setTimeout(release.resolve, 50) // long enough for a disposal that does not wait to be caught
      assert.ok((await finishedAtDisposal) > 0, 'disposal came back before the handler did')

      await log.publish(topic, newEvents(2, 'key', 2))
      const recorder = bench.recorder()
      await log.subscribe(topic, group, recorder.handle)
      await recorder.reaches(4 - finished)
      assert.deepEqual(recorder.ids, ['e0', 'e1', 'e2', 'e3'].slice(finished))
    },
  },
  {
    title: 'hands the work of a member that left to the one that stayed',
    async run(bench) {
      const { log, topic } = await bench.openWithTopic(2)
      const group = { group: 'shrinking', maxBatch: 10 }
      const leaver = bench.recorder()
      const stayer = bench.recorder()
      const leaving = await log.subscribe(topic, group, leaver.handle)
      await log.subscribe(topic, group, stayer.handle)
      await leaving[Symbol.asyncDispose]()
      const events = Array.from({ length: 20 }, (_, i) => newEvent(`key${String(i)}`, String(i)))
      await log.publish(topic, events)
      await stayer.reaches(20)
      assert.deepEqual(leaver.ids, [])
      assert.deepEqual(stayer.ids.toSorted(), idsOf(events).toSorted())
    },
  },
  {
    title: 'keeps events and group offsets when a process ends and another takes over',
    async run(bench) {
      const { log, topic } = await bench.openWithTopic()
      const group = { group: 'lasting', maxBatch: 10 }
      await log.publish(topic, newEvents(2))
      const before = bench.recorder()
      await log.subscribe(topic, group, before.handle)
      await before.reaches(2)
      await log[Symbol.asyncDispose]()

      const next = await bench.open()
      await next.publish(topic, newEvents(2, 'key', 2))
      assert.deepEqual(idsOf(await next.read(topic, 0, 0n, 10)), ['e0', 'e1', 'e2', 'e3'])
      const after = bench.recorder()
      await next.subscribe(topic, group, after.handle)
      await after.reaches(2)
      assert.deepEqual(after.ids, ['e2', 'e3'])
    },
  },
]
