import { describe, expect, test } from '@jest/globals'
import { UsageRecord } from '@sluice/contracts/generation/usage-record'
import { Kafka, logLevel } from 'kafkajs'
import { Client } from 'pg'
import { readCluster } from './support/cluster.ts'
import { eventually, gatewayUnderTest, postChat } from './support/gateway.ts'

const { apis } = gatewayUnderTest()
const [api = ''] = apis

/** Ids of the answers to `count` calls of different kinds. */
async function someCalls(count: number): Promise<string[]> {
  const calls = Array.from({ length: count }, async (_, index) => {
    const model = index % 5 === 4 ? 'demo/chat:no-usage' : 'demo/chat'
    const response = await postChat(api, {
      model,
      stream: index % 2 === 0,
      messages: [{ role: 'user', content: `Call ${String(index)}` }],
    })
    await response.text()
    return response.headers.get('x-request-id') ?? ''
  })
  return Promise.all(calls)
}

describe('the facts of a call', () => {
  test('one ledger row per request, in integer nano-USD, with the provider’s tokens', async () => {
    const ids = await someCalls(10)
    const client = new Client(readCluster().stores.postgres)
    await client.connect()
    try {
      const rows = await eventually('ten ledger rows', async () => {
        const found = await client.query<{
          input_tokens: number
          output_tokens: number
          amount_nano_usd: string
        }>(
          'SELECT input_tokens, output_tokens, amount_nano_usd FROM usage.customer_ledger WHERE request_id = ANY($1::uuid[])',
          [ids],
        )
        return found.rows.length === ids.length ? found.rows : undefined
      })
      for (const row of rows) {
        // 0.15 and 0.60 USD per million tokens.
        expect(Number(row.amount_nano_usd)).toBe(
          Number(row.input_tokens) * 150 + Number(row.output_tokens) * 600,
        )
      }
    } finally {
      await client.end()
    }
  })

  test('one usage event per request, seen by an ordinary Kafka consumer, described by its contract', async () => {
    const ids = new Set(await someCalls(10))
    const kafka = new Kafka({
      clientId: 'e2e',
      brokers: [readCluster().stores.kafka],
      logLevel: logLevel.NOTHING,
    })
    const consumer = kafka.consumer({ groupId: `e2e-${String(process.pid)}` })
    await consumer.connect()
    try {
      await consumer.subscribe({ topic: 'gateway_usage', fromBeginning: true })
      const seen: string[] = []
      await consumer.run({
        eachMessage: ({ message }) => {
          const record = UsageRecord.parse(JSON.parse(message.value?.toString() ?? ''))
          if (ids.has(record.request_id)) {
            seen.push(record.request_id)
            expect(message.headers?.['ce_id']?.toString()).toBe(record.request_id)
            expect(message.headers?.['ce_type']?.toString()).toBe('sluice.usage.recorded')
          }
          return Promise.resolve()
        },
      })
      await eventually(
        'ten events',
        () => Promise.resolve(seen.length >= ids.size ? true : undefined),
        30_000,
      )
      expect(seen.toSorted()).toEqual([...ids].toSorted())
    } finally {
      await consumer.disconnect()
    }
  }, 60_000)
})
