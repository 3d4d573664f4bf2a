import { join } from 'node:path'
import { toHeaders } from '@sluice/event-log/cloud-events'
import { openPglite } from '@sluice/store-postgres/pglite-database'
import { asEvents, readEvents } from '@sluice/store-postgres/read-events'
import { Kafka, logLevel } from 'kafkajs'
import { eventually } from './gateway.ts'

/** An event as a consumer sees it, wherever it was read. */
export interface TopicEvent {
  readonly topic: string
  readonly key: string
  readonly value: string
  readonly headers: Readonly<Record<string, string>>
}

const all = 1_000_000

/** What is in the event log of an embedded gateway that has ended: while it runs, the folder is its own. */
export async function databaseEvents(dir: string): Promise<readonly TopicEvent[]> {
  await using database = await openPglite({ dataDir: join(dir, 'data') })
  const { rows } = await database.query<{ topic: string; partition: number }>(
    'SELECT topic, partition FROM events.partitions ORDER BY topic, partition',
    [],
    asEvents,
  )
  const events: TopicEvent[] = []
  for (const { topic, partition } of rows)
    for (const { key, value, attributes } of await readEvents(database, topic, partition, 0n, all))
      events.push({ topic, key, value, headers: toHeaders(attributes) })
  return events
}

/** Reads topics from their beginnings, as any Kafka consumer would, until nothing is lacking of what was read; gives up after a minute. */
export async function kafkaEvents(
  broker: string,
  topics: readonly string[],
  lacking: (events: readonly TopicEvent[]) => readonly string[],
): Promise<readonly TopicEvent[]> {
  const kafka = new Kafka({ clientId: 'e2e', brokers: [broker], logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: `e2e-${crypto.randomUUID()}` })
  const events: TopicEvent[] = []
  await consumer.connect()
  try {
    await consumer.subscribe({ topics: [...topics], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachMessage: ({ topic, message: { key, value, headers = {} } }) => {
        const texts = Object.entries(headers).map(([name, text]) => [name, text?.toString() ?? ''])
        events.push({
          topic,
          key: key?.toString() ?? '',
          value: value?.toString() ?? '',
          headers: Object.fromEntries(texts) as Record<string, string>,
        })
        return Promise.resolve()
      },
    })
    const probe = () => Promise.resolve(lacking(events).length === 0 || undefined)
    await eventually('events', probe, 60_000).catch((error: unknown) => {
      throw new Error(`lacking on Kafka: ${lacking(events).join(', ')}`, { cause: error })
    })
    return events
  } finally {
    await consumer.disconnect()
  }
}
