import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import { Client } from 'pg'
import type { ClusterNow } from './cluster-now.ts'

/** A killed relay holds what it had claimed of the outbox for up to a minute. */
const settleTimeoutMs = 120_000
/** The ledger and the topic are at rest when nothing was added for so long. */
const restMs = 4_000

export const collected = {
  customer: 'customer-ledger.jsonl',
  provider: 'provider-ledger.jsonl',
  events: 'usage-events.jsonl',
} as const

/** Waits until bills and events are at rest, and writes them down beside the histories. */
export async function collect(dir: string, stores: ClusterNow['stores']): Promise<void> {
  const database = new Client({ connectionString: stores.postgres })
  await database.connect()
  try {
    const rows = async () => {
      const { rows: found } = await database.query<{ count: number }>(
        'SELECT count(*)::int AS count FROM usage.customer_ledger',
      )
      return found[0]?.count ?? 0
    }
    const events = await readEvents(stores.kafka, rows)
    const customer = await database.query<Record<string, unknown>>(
      'SELECT * FROM usage.customer_ledger',
    )
    const { rows: found } = await database.query<{ name: string | null }>(
      "SELECT to_regclass('usage.provider_ledger') AS name",
    )
    const provider = found[0]?.name
      ? (await database.query<Record<string, unknown>>('SELECT * FROM usage.provider_ledger')).rows
      : null
    await writeLines(join(dir, collected.customer), customer.rows)
    await writeLines(join(dir, collected.events), events)
    if (provider) await writeLines(join(dir, collected.provider), provider)
  } finally {
    await database.end()
  }
}

/** Everything on the topic, once its events and the rows that `rows` counts have not grown for a while. */
async function readEvents(
  broker: string,
  rows: () => Promise<number>,
): Promise<{ event_id: string | null; value: unknown }[]> {
  const kafka = new Kafka({ clientId: 'chaos', brokers: [broker], logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: `chaos-${String(process.pid)}-${String(Date.now())}` })
  const events: { event_id: string | null; value: unknown }[] = []
  const ids = new Set<string | null>()
  await consumer.connect()
  try {
    await consumer.subscribe({ topic: 'gateway_usage', fromBeginning: true })
    await consumer.run({
      eachMessage: ({ message }) => {
        const value: unknown = JSON.parse(message.value?.toString() ?? 'null')
        const id = message.headers?.['ce_id']?.toString() ?? null
        events.push({ event_id: id, value })
        ids.add(id)
        return Promise.resolve()
      },
    })
    const deadline = performance.now() + settleTimeoutMs
    let before = ''
    for (let restedMs = 0; performance.now() < deadline; restedMs += 500) {
      const count = await rows()
      const now = `${String(count)} ${String(events.length)}`
      if (now !== before || ids.size < count) restedMs = 0
      if (restedMs >= restMs) break
      before = now
      await sleep(500)
    }
  } finally {
    await consumer.disconnect()
  }
  return events
}

async function writeLines(file: string, rows: readonly unknown[]): Promise<void> {
  await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
}
