import { expect, test } from '@jest/globals'
import { systemClock } from '@sluice/kernel/clock'
import { ClientSlot, type Client } from './client-slot.ts'

/** A producer as far as its life goes: `send` fails for good once the cluster has fenced it, as an epoch that is too old does. */
class FakeProducer implements Client {
  isFenced = false
  isOpen = false
  sent = 0

  async connect(): Promise<void> {
    this.isOpen = true
  }

  async disconnect(): Promise<void> {
    this.isOpen = false
  }

  async send(): Promise<void> {
    if (this.isFenced) throw protocolError('INVALID_PRODUCER_EPOCH')
    this.sent += 1
  }
}

function protocolError(type: string): Error {
  return Object.assign(new Error(type), { type, retriable: false })
}

function slotOf<SomeClient extends Client>(create: () => SomeClient): ClientSlot<SomeClient> {
  return new ClientSlot(create, systemClock, 200)
}

test('keeps one client for all calls, also for the first ones that overlap', async () => {
  const made: FakeProducer[] = []
  await using slot = slotOf(() => {
    made.push(new FakeProducer())
    return made.at(-1) as FakeProducer
  })
  await Promise.all([1, 2, 3].map(() => slot.use('topic', (producer) => producer.send())))
  await slot.use('topic', (producer) => producer.send())
  expect(made.map((producer) => producer.sent)).toEqual([4])
})

test('FM33: replaces a client in a fatal state, once per failed call', async () => {
  const made: FakeProducer[] = []
  await using slot = slotOf(() => {
    made.push(new FakeProducer())
    return made.at(-1) as FakeProducer
  })
  await slot.use('topic', (producer) => producer.send())
  for (const producer of made) producer.isFenced = true
  await expect(slot.use('topic', (producer) => producer.send())).rejects.toMatchObject({
    code: 'dependency_unavailable',
    retryable: true,
  })
  await slot.use('topic', (producer) => producer.send())
  expect(made.map(({ sent, isOpen }) => ({ sent, isOpen }))).toEqual([
    { sent: 1, isOpen: false },
    { sent: 1, isOpen: true },
  ])
})

test('keeps the client when a call was refused for its own sake', async () => {
  let made = 0
  await using slot = slotOf(() => {
    made += 1
    return new FakeProducer()
  })
  const tooLarge = slot.use('topic', () => Promise.reject(protocolError('MESSAGE_TOO_LARGE')))
  await expect(tooLarge).rejects.toMatchObject({ code: 'event_refused', retryable: false })
  await slot.use('topic', (producer) => producer.send())
  expect(made).toBe(1)
})

test('tries to connect again with the next call after a connect that failed', async () => {
  let made = 0
  await using slot = slotOf(() => {
    made += 1
    const producer = new FakeProducer()
    if (made === 1) producer.connect = () => Promise.reject(new Error('refused'))
    return producer
  })
  await expect(slot.use('topic', (producer) => producer.send())).rejects.toMatchObject({
    code: 'dependency_unavailable',
  })
  await slot.use('topic', (producer) => producer.send())
  expect(made).toBe(2)
})

test('ends a call at its time-out, and disposal does not wait for a client that never connects', async () => {
  const slot = slotOf(() => {
    const producer = new FakeProducer()
    producer.connect = () => new Promise(() => undefined)
    return producer
  })
  const start = performance.now()
  await expect(slot.use('topic', (producer) => producer.send())).rejects.toMatchObject({
    code: 'dependency_unavailable',
    retryable: true,
  })
  await slot[Symbol.asyncDispose]()
  expect(performance.now() - start).toBeLessThan(2000)
  await expect(slot.use('topic', (producer) => producer.send())).rejects.toMatchObject({
    code: 'dependency_unavailable',
  })
})
