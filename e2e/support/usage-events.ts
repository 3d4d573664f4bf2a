import { UsageRecord } from '@sluice/contracts/generation/usage-record'
import { Kafka, logLevel } from 'kafkajs'
import { eventually } from './gateway.ts'

export interface UsageEvents extends AsyncDisposable {
  /** Resolves when there is an event of each of these requests. */
  seen(requestIds: readonly string[], timeoutMs?: number): Promise<void>
}

/** Reads `gateway_usage` from its beginning, as any Kafka consumer would. */
export async function watchUsageEvents(broker: string): Promise<UsageEvents> {
  const kafka = new Kafka({ clientId: 'e2e', brokers: [broker], logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: `e2e-${crypto.randomUUID()}` })
  const ids = new Set<string>()
  await consumer.connect()
  await consumer.subscribe({ topic: 'gateway_usage', fromBeginning: true })
  await consumer.run({
    eachMessage: ({ message }) => {
      const record = UsageRecord.parse(JSON.parse(message.value?.toString() ?? ''))
      ids.add(record.request_id)
      return Promise.resolve()
    },
  })
  return {
    async seen(requestIds, timeoutMs = 30_000) {
      const all = () => Promise.resolve(requestIds.every((id) => ids.has(id)) ? true : undefined)
      await eventually(`usage events of ${requestIds.join(', ')}`, all, timeoutMs)
    },
    [Symbol.asyncDispose]: () => consumer.disconnect(),
  }
}
