// What every tenant has spent, from the events of gateway_usage that are there now.
// KAFKA_BROKERS=localhost:9092 node spend-per-tenant.ts
import { randomUUID } from 'node:crypto'
import process from 'node:process'
import { Kafka, logLevel } from 'kafkajs'

/** Of an event, what is needed here: others may be added at any time. */
interface Bill {
  readonly request_id: string
  readonly tenant_id: string
  readonly amount_nano_usd: number
}

const topic = process.env['TOPIC'] ?? 'gateway_usage'
const brokers = (process.env['KAFKA_BROKERS'] ?? 'localhost:9092').split(',')
const kafka = new Kafka({ clientId: 'spend-per-tenant', brokers, logLevel: logLevel.ERROR })

const seen = new Set<string>()
const spent = new Map<string, { calls: number; nanoUsd: bigint }>()
let repeated = 0
let foreign = 0

function take(headerId: string | undefined, value: string | undefined): void {
  const bill = parse(value)
  if (bill === null) {
    foreign += 1
    return
  }
  // At least once: an event may come again, with the same id.
  const id = headerId ?? bill.request_id
  if (seen.has(id)) {
    repeated += 1
    return
  }
  seen.add(id)
  const sum = spent.get(bill.tenant_id) ?? { calls: 0, nanoUsd: 0n }
  sum.calls += 1
  sum.nanoUsd += BigInt(bill.amount_nano_usd)
  spent.set(bill.tenant_id, sum)
}

/** Null for what is no bill: it must not stop those behind it. */
function parse(value: string | undefined): Bill | null {
  try {
    const bill = JSON.parse(value ?? '') as Partial<Bill> | null
    const isBill =
      typeof bill?.request_id === 'string' &&
      typeof bill.tenant_id === 'string' &&
      Number.isSafeInteger(bill.amount_nano_usd)
    return isBill ? (bill as Bill) : null
  } catch {
    return null
  }
}

/** Partitions that still hold events from before the start, and where those end. */
async function endOffsets(): Promise<Map<number, bigint>> {
  const admin = kafka.admin()
  await admin.connect()
  const offsets = await admin.fetchTopicOffsets(topic)
  await admin.disconnect()
  const filled = offsets.filter(({ low, high }) => BigInt(high) > BigInt(low))
  return new Map(filled.map(({ partition, high }) => [partition, BigInt(high)]))
}

const waiting = await endOffsets()
// Totals live in this process, so every run reads everything: a group of its own, and nothing is committed.
const consumer = kafka.consumer({ groupId: `spend-per-tenant-${randomUUID()}` })
const { promise: readAll, resolve, reject } = Promise.withResolvers<void>()
if (waiting.size === 0) resolve()
else {
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    reject(payload.error)
  })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      for (const { headers, value } of batch.messages)
        take(headers?.['ce_id']?.toString(), value?.toString())
      const end = waiting.get(batch.partition)
      if (end !== undefined && BigInt(batch.lastOffset()) + 1n >= end)
        waiting.delete(batch.partition)
      if (waiting.size === 0) resolve()
    },
  })
}
await readAll
await consumer.disconnect()

for (const [tenant, { calls, nanoUsd }] of [...spent].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
  const usd = `${String(nanoUsd / 1_000_000_000n)}.${String(nanoUsd % 1_000_000_000n).padStart(9, '0')}`
  process.stdout.write(`${JSON.stringify({ tenant_id: tenant, calls, usd })}\n`)
}
process.stderr.write(`${String(repeated)} repeated, ${String(foreign)} that are no bill\n`)
