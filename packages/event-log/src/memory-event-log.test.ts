import { expect, test } from '@jest/globals'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import type { NewEvent } from './event-log.ts'
import { createMemoryEventLog } from './memory-event-log.ts'

// What needs time to stand still; the rest is the contract suite's (`@sluice/event-log-testing`).

const event: NewEvent = {
  key: 'k',
  value: '1',
  attributes: {
    id: 'e',
    source: '/sluice/test',
    type: 'sluice.test.done',
    subject: 'k',
    time: '2026-01-02T03:04:05.678Z',
    tenant: 'default',
    schemaversion: '1',
  },
}
const layout = { name: 'facts', partitions: 1, retentionMs: -1, compacted: false }

test('doubles the rest of a failing batch, from 250 ms to 30 s', async () => {
  const clock = createFakeClock()
  await using log = createMemoryEventLog({ clock })
  await log.createTopics([layout])
  await log.publish('facts', [event])
  const deliveredAt: number[] = []
  await log.subscribe('facts', { group: 'g', maxBatch: 1 }, async () => {
    deliveredAt.push(clock.monotonic())
    throw new Error('planted')
  })
  await clock.advance(120_000)
  const pauses = deliveredAt.slice(1).map((at, i) => at - (deliveredAt[i] ?? 0))
  expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
})

test('hands every handler and reader a copy of its own', async () => {
  await using log = createMemoryEventLog()
  await log.createTopics([layout])
  const attributes = { ...event.attributes }
  await log.publish('facts', [{ ...event, attributes }])
  attributes.id = 'changed'
  const [first] = await log.read('facts', 0, 0n, 1)
  const [second] = await log.read('facts', 0, 0n, 1)
  expect(first?.attributes.id).toBe('e')
  expect(first?.attributes).not.toBe(second?.attributes)
})
