import { expect, test } from '@jest/globals'
import { conversationTurnRecorded } from '@sluice/contracts/topics/conversation-turn-recorded'
import { usageRecorded } from '@sluice/contracts/topics/usage-recorded'
import type { EventLog, NewEvent } from '@sluice/event-log'
import { eventLogErrors } from '@sluice/event-log/errors'
import { createMemoryEventLog } from '@sluice/event-log/memory'
import { systemClock } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import { createLogger } from '@sluice/kernel/logger'
import { MemoryOutbox } from '@sluice/store/memory-outbox'
import { Registry } from 'prom-client'
import { OutboxRelay } from './outbox-relay.ts'
import { createRelayMetrics } from './relay-metrics.ts'

const turns = conversationTurnRecorded.name
const usage = usageRecorded.name

function event(n: number, value = '{}'): NewEvent {
  const id = String(n)
  const attributes = { id, source: '/t', type: 't', subject: id, tenant: 't', schemaversion: '1' }
  return { key: 'k', value, attributes: { ...attributes, time: '2026-01-01T00:00:00.000Z' } }
}

async function open(publish?: (topic: string, events: readonly NewEvent[]) => void) {
  const log = createMemoryEventLog()
  await log.createTopics(
    [turns, usage].map((name) => ({ name, partitions: 1, retentionMs: -1, compacted: false })),
  )
  const events = Object.assign(Object.create(log) as EventLog, {
    publish: async (topic: string, batch: readonly NewEvent[]) => {
      publish?.(topic, batch)
      await log.publish(topic, batch)
    },
  })
  const outbox = new MemoryOutbox()
  const registry = new Registry()
  const relay = () =>
    new OutboxRelay({
      outbox,
      events,
      clock: systemClock,
      logger: createLogger({ service: 'test', level: 'silent' }),
      metrics: createRelayMetrics(new Registry(), () => outbox.backlog()),
      intervalMs: 1,
    })
  const ids = async (topic: string) =>
    (await log.read(topic, 0, 0n, 10_000)).map(({ attributes }) => Number(attributes.id))
  return { outbox, registry, relay, ids }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2))
}

test('M-261: several relays publish each batch once, and a topic whose order says something in order', async () => {
  const { outbox, relay, ids } = await open()
  const numbers = Array.from({ length: 300 }, (_, n) => n)
  const relays = [relay(), relay(), relay()]
  for (const n of numbers) {
    await outbox.put([
      { topic: turns, events: [event(n)] },
      { topic: usage, events: [event(n)] },
    ])
  }
  await until(async () => (await outbox.backlog()) === 0)
  await Promise.all(relays.map((each) => each[Symbol.asyncDispose]()))
  expect(await ids(turns)).toEqual(numbers)
  expect((await ids(usage)).toSorted((a, b) => a - b)).toEqual(numbers)
})

test('M-260: an event log that is away costs nothing; a topic that is missing holds up no other', async () => {
  let isAway = true
  const { outbox, relay, ids } = await open((topic) => {
    if (isAway || topic === 'missing') throw new Error('away')
  })
  await using one = relay()
  await outbox.put([{ topic: 'missing', events: [event(1)] }])
  for (let n = 0; n < 50; n += 1) await outbox.put([{ topic: turns, events: [event(n)] }])
  expect(await ids(turns)).toEqual([])
  isAway = false
  one.nudge()
  await until(async () => (await outbox.backlog()) === 1)
  expect((await ids(turns)).length).toBe(50)
})

test('M-261: a topic that fails rests by itself: others go on at their own pace', async () => {
  const published: number[] = []
  const { outbox, relay } = await open((topic, events) => {
    if (topic === 'missing') throw new Error('no such topic')
    published.push(...events.map(({ attributes }) => Number(attributes.id)))
  })
  // Eight failures in a row would make the next rest 256 ms.
  await outbox.put([{ topic: 'missing', events: [event(1)] }])
  await using one = relay()
  await new Promise((resolve) => setTimeout(resolve, 300))
  const rounds = 20
  const startedAt = performance.now()
  for (let n = 0; n < rounds; n += 1) {
    await outbox.put([{ topic: turns, events: [event(n)] }])
    one.nudge()
    await until(() => Promise.resolve(published.length > n))
  }
  expect(performance.now() - startedAt).toBeLessThan(rounds * 100)
})

test('an event that is refused for good is kept apart, and holds up nothing behind it', async () => {
  const { outbox, relay, ids } = await open((_, events) => {
    if (events.some(({ value }) => value === 'poison'))
      throw new GatewayError(eventLogErrors.event_refused)
  })
  const batch = [event(0), event(1, 'poison'), event(2), event(3)]
  await outbox.put([{ topic: turns, events: batch }])
  await using _relay = relay()
  await until(async () => (await outbox.waiting()).length === 0)
  expect(await ids(turns)).toEqual([0, 2, 3])
  expect(await outbox.backlog()).toBe(1)
})
