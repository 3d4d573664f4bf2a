// Needs Postgres and Kafka: DATABASE_URL, KAFKA_BROKERS.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { usageRecorded } from '@sluice/contracts/topics/usage-recorded'
import { createKafkaEventLog } from '@sluice/event-log-kafka'
import { systemClock } from '@sluice/kernel/clock'
import { openPostgres } from '@sluice/store-postgres/postgres-database'
import { createPostgresUsageStore } from '@sluice/store-postgres/postgres-usage-store'
import { Kafka, logLevel } from 'kafkajs'

const { DATABASE_URL: server, KAFKA_BROKERS: broker } = process.env

if (server === undefined || broker === undefined) {
  console.warn('skipped: set DATABASE_URL and KAFKA_BROKERS to kill relays between the two')
  // A file without a test is an error to the runner. `npm test` names the missing server, and fails for it with REQUIRE_SERVERS=1.
  test.todo('kills relays when DATABASE_URL and KAFKA_BROKERS are set')
} else {
  runBetween(server, broker)
}

const batches = 40
const eventsPerBatch = 300
const keys = 7
const relays = 3

interface Relay {
  readonly child: ChildProcess
  /** Resolves when it begins to publish a batch. */
  readonly publishing: Promise<unknown>
}

function startRelay(url: string, broker: string): Relay {
  const main = join(import.meta.dirname, 'relay-process.ts')
  const args = ['--conditions=@sluice/source', main, url, broker]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  return { child, publishing: once(child.stdout, 'data') }
}

async function kill({ child }: Relay): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

function runBetween(server: string, broker: string): void {
  test('M-261 FM42: relays killed in the middle of batches: every event is published, and what has an order keeps it', async () => {
    const run = randomUUID()
    const ordered = `relay.${run}`
    const database = `relay_${run.replaceAll('-', '')}`
    await using admin = await openPostgres({ url: server, poolMax: 1 })
    await admin.query(`CREATE DATABASE ${database}`)
    await using _dropped = {
      async [Symbol.asyncDispose]() {
        await admin.query(`DROP DATABASE ${database} WITH (FORCE)`)
      },
    }
    const url = Object.assign(new URL(server), { pathname: `/${database}` }).href
    await using log = createKafkaEventLog({ brokers: [broker], clientId: 't', clock: systemClock })
    const layout = { partitions: 3, retentionMs: -1, compacted: false }
    await log.createTopics([
      { ...layout, name: ordered },
      { ...layout, ...usageRecorded },
    ])
    await using connection = await openPostgres({ url, poolMax: 2 })
    const outbox = await createPostgresUsageStore(connection)
    const produced: string[] = []
    for (let batch = 0; batch < batches; batch += 1) {
      const events = Array.from({ length: eventsPerBatch }, (_, i) => {
        const id = `${run}:${String(batch * eventsPerBatch + i).padStart(6, '0')}`
        produced.push(id)
        const time = '2026-01-01T00:00:00.000Z'
        const from = { source: '/t', type: 't', subject: id, tenant: 't', schemaversion: '1' }
        return { key: String(i % keys), value: '{}', attributes: { id, time, ...from } }
      })
      await outbox.put([
        { topic: ordered, events },
        { topic: usageRecorded.name, events },
      ])
    }
    await using stack = new AsyncDisposableStack()
    const startAll = () =>
      Array.from({ length: relays }, () => stack.adopt(startRelay(url, broker), kill))
    for (const intoTheBatchMs of [0, 30]) {
      const started = startAll()
      await Promise.race(started.map(({ publishing }) => publishing))
      await sleep(intoTheBatchMs)
      await Promise.all(started.map(kill))
      expect(await outbox.backlog()).toBeGreaterThan(0)
      // As if the claims of the dead had run out.
      await connection.query("UPDATE usage.outbox SET claimed_until = '-infinity'")
    }
    const last = startAll()
    while ((await outbox.backlog()) > 0) await sleep(50)
    await Promise.all(last.map(kill))
    const read = await readAll(broker, [ordered, usageRecorded.name], run, produced.length)
    for (const topic of [ordered, usageRecorded.name]) {
      const seen = new Set(read.filter((event) => event.topic === topic).map(({ id }) => id))
      expect([...seen].toSorted()).toEqual(produced)
    }
    for (let key = 0; key < keys; key += 1) {
      const ofKey = read.filter((event) => event.topic === ordered && event.key === String(key))
      const firstSeen = [...new Set(ofKey.map(({ id }) => id))]
      expect(firstSeen).toEqual(firstSeen.toSorted())
    }
  }, 120_000)
}

/** Every event of this run, in the order of its partition, until each topic has `wanted` different ones and no more come. */
async function readAll(broker: string, topics: string[], run: string, wanted: number) {
  const kafka = new Kafka({ clientId: 't', brokers: [broker], logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: `relay.${run}` })
  const read: { topic: string; key: string; id: string }[] = []
  const different = new Set<string>()
  await consumer.connect()
  try {
    await consumer.subscribe({ topics, fromBeginning: true })
    await consumer.run({
      eachMessage: ({ topic, message: { key, headers } }) => {
        const id = headers?.['ce_id']?.toString() ?? ''
        if (!id.startsWith(run)) return Promise.resolve()
        read.push({ topic, key: key?.toString() ?? '', id })
        different.add(topic + id)
        return Promise.resolve()
      },
    })
    const deadline = performance.now() + 30_000
    while (different.size < wanted * topics.length && performance.now() < deadline) await sleep(50)
    let before = -1
    while (read.length > before) {
      before = read.length
      await sleep(500)
    }
  } finally {
    await consumer.disconnect()
  }
  return read
}
