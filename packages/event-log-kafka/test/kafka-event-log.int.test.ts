// Needs Kafka 4: KAFKA_BROKERS.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from '@jest/globals'
import { Kafka, logLevel } from 'kafkajs'
import type { TopicLayout } from '@sluice/contracts/topics/topic'
import type { EventLog, NewEvent, StoredEvent } from '@sluice/event-log'
import { eventLogContract } from '@sluice/event-log-testing'
import { systemClock } from '@sluice/kernel/clock'
import { createKafkaEventLog, type KafkaEventLogOptions } from '../src/kafka-event-log.ts'
import { CuttableSockets } from './cuttable-sockets.ts'

const brokers = process.env['KAFKA_BROKERS']

if (brokers === undefined) {
  console.warn('skipped: set KAFKA_BROKERS to run the event log against Kafka')
  // A file without a test is an error to the runner. `npm test` names the missing server, and fails for it with REQUIRE_SERVERS=1.
  test.todo('runs against Kafka when KAFKA_BROKERS is set')
} else {
  runAgainst(brokers.split(','))
}

function runAgainst(addresses: readonly string[]): void {
  const away = { code: 'dependency_unavailable', status: 503, retryable: true }

  function open(options: Partial<KafkaEventLogOptions> = {}): EventLog {
    return createKafkaEventLog({
      brokers: addresses,
      clientId: 'contract',
      clock: systemClock,
      ...options,
    })
  }

  async function openWithTopic(
    options: Partial<KafkaEventLogOptions> = {},
    layout: Partial<TopicLayout> = {},
  ): Promise<{ log: EventLog; topic: string }> {
    const topic = `kafka.${randomUUID()}`
    const log = open(options)
    const defaults = { partitions: 1, retentionMs: 3_600_000, compacted: false }
    await log.createTopics([{ ...defaults, ...layout, name: topic }])
    return { log, topic }
  }

  eventLogContract({ name: 'kafka', create: async () => open() })

  describe('kafka event log', () => {
    test('creates topics with the partitions, retention and clean-up of their contract', async () => {
      const layout = { partitions: 3, retentionMs: -1, compacted: true }
      const { log, topic } = await openWithTopic({}, layout)
      await using _log = log
      await using admin = await connectAdmin(addresses)
      const { topics } = await admin.client.fetchTopicMetadata({ topics: [topic] })
      assert.equal(topics[0]?.partitions.length, 3)
      const { resources } = await admin.client.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: 2, name: topic }],
      })
      const config = new Map(
        resources[0]?.configEntries.map((entry) => [entry.configName, entry.configValue]),
      )
      assert.equal(config.get('cleanup.policy'), 'compact')
      assert.equal(config.get('retention.ms'), '-1')
      assert.equal(config.get('min.insync.replicas'), '1')
    })

    test('publishes more than a broker takes at once, and refuses an event no broker takes', async () => {
      const { log, topic } = await openWithTopic()
      await using _log = log
      const large = Array.from({ length: 12 }, (_, i) => event(String(i), 'x'.repeat(300_000)))
      await log.publish(topic, large)
      assert.equal((await log.read(topic, 0, 0n, 100)).length, 12)
      await assert.rejects(log.publish(topic, [event('huge', 'x'.repeat(2_000_000))]), {
        code: 'event_refused',
        retryable: false,
      })
      await log.publish(topic, [event('after', '1')])
    })

    test('reads on and on as one member of one group, and leaves no group behind', async () => {
      const { log, topic } = await openWithTopic({}, { partitions: 2 })
      await using admin = await connectAdmin(addresses)
      const replays = async () => {
        const { groups } = await admin.client.listGroups()
        return groups.filter(({ groupId }) => groupId.startsWith('replay-')).length
      }
      await using opened = log
      const events = Array.from({ length: 40 }, (_, i) => event(String(i), String(i)))
      await log.publish(topic, events)
      const values: string[] = []
      const readAll = async (partition: number) => {
        for (let from = 0n; ;) {
          const found = await log.read(topic, partition, from, 3)
          const last = found.at(-1)
          if (!last) return
          values.push(...found.map(({ value }) => value))
          from = last.offset + 1n
        }
      }
      await Promise.all([readAll(0), readAll(1), readAll(0)])
      assert.equal(new Set(values).size, 40)
      assert.ok((await replays()) <= 1)
      await opened[Symbol.asyncDispose]()
      await until(async () => (await replays()) === 0)
    })

    test('keeps its partitions while a handler runs longer than the session', async () => {
      const { log, topic } = await openWithTopic({ sessionTimeoutMs: 6000 })
      await using _log = log
      await log.publish(topic, [event('a', '1'), event('a', '2')])
      const values: string[] = []
      await log.subscribe(topic, { group: 'slow', maxBatch: 1 }, async ([first]) => {
        values.push(String(first?.value))
        if (values.length === 1) await new Promise((resolve) => setTimeout(resolve, 9000))
      })
      await until(() => values.length >= 2, 15_000)
      assert.deepEqual(values, ['1', '2'])
    })

    test('M-260 fails calls within their time-out while Kafka is away, and works again when it is back', async () => {
      using sockets = new CuttableSockets()
      const options = { socketFactory: sockets.factory, callTimeoutMs: 1500 }
      const { log, topic } = await openWithTopic(options)
      await using _log = log
      await log.publish(topic, [event('a', 'before')])
      sockets.cut()
      const calls = [
        () => log.publish(topic, [event('a', 'lost')]),
        () => log.ping(),
        () => log.read(topic, 0, 0n, 10),
      ]
      for (const call of calls) {
        const start = performance.now()
        await assert.rejects(call, away)
        const tookMs = performance.now() - start
        assert.ok(tookMs < 2500, `took ${String(tookMs)} ms`)
      }
      sockets.mend()
      await log.publish(topic, [event('a', 'after')])
      assert.deepEqual(valuesOf(await log.read(topic, 0, 0n, 10)), ['before', 'after'])
    })

    test('gives up on brokers that went silent, and makes a new producer', async () => {
      using sockets = new CuttableSockets()
      const options = { socketFactory: sockets.factory, callTimeoutMs: 1500 }
      const { log, topic } = await openWithTopic(options)
      await using _log = log
      await using other = open()
      await log.publish(topic, [event('a', 'before')])
      sockets.freeze()
      await assert.rejects(log.publish(topic, [event('a', 'unanswered')]), away)
      await log.publish(topic, [event('a', 'after')])
      const values = valuesOf(await other.read(topic, 0, 0n, 10))
      // Nobody can know whether the one without an answer arrived; it must not come after a later one, though.
      assert.deepEqual(
        values.filter((value) => value !== 'unanswered'),
        ['before', 'after'],
      )
      assert.notEqual(values.at(-1), 'unanswered')
    })

    test('a subscription goes on where it was when Kafka comes back', async () => {
      using sockets = new CuttableSockets()
      const { log, topic } = await openWithTopic({ socketFactory: sockets.factory })
      await using _log = log
      await using other = open()
      const values: string[] = []
      await log.subscribe(topic, { group: 'patient', maxBatch: 10 }, async (events) => {
        values.push(...valuesOf(events))
      })
      await other.publish(topic, [event('a', 'before')])
      await until(() => values.length === 1)
      sockets.cut()
      await other.publish(topic, [event('a', 'meanwhile')])
      sockets.mend()
      await until(() => values.length === 2)
      assert.deepEqual(values, ['before', 'meanwhile'])
    })

    test('a subscription leaves brokers that went silent for a new connection', async () => {
      using sockets = new CuttableSockets()
      const options = { socketFactory: sockets.factory, sessionTimeoutMs: 6000 }
      const { log, topic } = await openWithTopic(options)
      await using _log = log
      await using other = open()
      const values: string[] = []
      await log.subscribe(topic, { group: 'frozen', maxBatch: 10 }, async (events) => {
        values.push(...valuesOf(events))
      })
      sockets.freeze()
      await other.publish(topic, [event('a', 'unheard')])
      await until(() => values.length === 1, 25_000)
    }, 40_000)

    test('a subscription made while Kafka is away starts when it is there', async () => {
      using sockets = new CuttableSockets()
      await using other = open()
      const { log: maker, topic } = await openWithTopic()
      await maker[Symbol.asyncDispose]()
      await other.publish(topic, [event('a', 'waiting')])
      sockets.cut()
      await using log = open({ socketFactory: sockets.factory, callTimeoutMs: 500 })
      const values: string[] = []
      await log.subscribe(topic, { group: 'early', maxBatch: 10 }, async (events) => {
        values.push(...valuesOf(events))
      })
      sockets.mend()
      await until(() => values.length === 1)
    })

    test('closes quickly while Kafka is away, and leaves no connection behind', async () => {
      using sockets = new CuttableSockets()
      const { log, topic } = await openWithTopic({ socketFactory: sockets.factory })
      await log.publish(topic, [event('a', '1')])
      await log.subscribe(topic, { group: 'leaving', maxBatch: 1 }, async () => undefined)
      sockets.cut()
      await until(() => sockets.size === 0)
      const start = performance.now()
      await log[Symbol.asyncDispose]()
      assert.ok(performance.now() - start < 5000, 'disposal waited for brokers that are away')
      sockets.mend()
      await until(() => sockets.size === 0)
    })

    test('says what kafkajs says at debug level only', async () => {
      const levels = new Set<string>()
      const say = (level: string) => () => void levels.add(level)
      const logger = {
        debug: say('debug'),
        info: say('info'),
        warn: say('warn'),
        error: say('error'),
        child: () => logger,
      } as unknown as NonNullable<KafkaEventLogOptions['logger']>
      const { log, topic } = await openWithTopic({ logger })
      await using _log = log
      await log.publish(topic, [event('a', '1')])
      const values: string[] = []
      await log.subscribe(topic, { group: `new-${randomUUID()}`, maxBatch: 1 }, async (events) => {
        values.push(...valuesOf(events))
      })
      await until(() => values.length === 1)
      await assert.rejects(log.publish('kafka.missing', [event('a', '1')]))
      assert.deepEqual([...levels], ['debug'])
    })
  })
}

function event(key: string, value: string): NewEvent {
  const attributes = {
    id: randomUUID(),
    source: '/sluice/contract',
    type: 'sluice.contract.checked',
    subject: key,
    time: '2026-01-02T03:04:05.678Z',
    tenant: 'default',
    schemaversion: '1',
  }
  return { key, value, attributes }
}

function valuesOf(events: readonly StoredEvent[]): string[] {
  return events.map(({ value }) => value)
}

async function until(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 12_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await condition())) {
    assert.ok(performance.now() < deadline, `waited in vain for ${String(condition)}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

async function connectAdmin(addresses: readonly string[]) {
  const client = new Kafka({ brokers: [...addresses], logLevel: logLevel.NOTHING }).admin()
  await client.connect()
  return { client, [Symbol.asyncDispose]: () => client.disconnect() }
}
