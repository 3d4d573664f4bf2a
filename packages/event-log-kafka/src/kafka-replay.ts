import { randomUUID } from 'node:crypto'
import { eventLogErrors } from '@sluice/event-log/errors'
import type { StoredEvent } from '@sluice/event-log'
import type { Clock } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import type { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs'
import type { ClientSlot } from './client-slot.ts'
import { retry } from './kafka-client.ts'
import { toGatewayError, unavailable } from './kafka-errors.ts'
import { fromMessage } from './records.ts'

const maxFetchWaitMs = 100

export interface ReplayRequest {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly limit: number
}

export interface ReplayParts {
  readonly kafka: Kafka
  readonly admin: ClientSlot<Admin>
  readonly clock: Clock
  readonly timeoutMs: number
}

/**
 * Reads a stretch of one partition. kafkajs can fetch only as a member of a group, so this is a group of its own that commits nothing and is
 * deleted afterwards; joining it takes as long as the brokers' `group.initial.rebalance.delay.ms`.
 */
export async function replay(
  { kafka, admin, clock, timeoutMs }: ReplayParts,
  { topic, partition, offset, limit }: ReplayRequest,
): Promise<readonly StoredEvent[]> {
  const ends = await admin.use(topic, async (client) => {
    await client.fetchTopicMetadata({ topics: [topic] }) // fails at once for a missing topic, where the next would insist
    return client.fetchTopicOffsets(topic)
  })
  const end = ends.find((known) => known.partition === partition)
  if (!end) {
    const message = `${topic} has no partition ${String(partition)}`
    throw new GatewayError(eventLogErrors.unknown_topic, message)
  }
  const low = BigInt(end.low)
  const from = offset > low ? offset : low
  const until = BigInt(end.high)
  if (from >= until || limit <= 0) return []

  const groupId = `replay-${randomUUID()}`
  const consumer = kafka.consumer({
    groupId,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: maxFetchWaitMs,
    retry: { ...retry, restartOnFailure: async () => false },
  })
  const stretch = { topic, partition, from, until, limit }
  const others = ends.map((known) => known.partition).filter((known) => known !== partition)
  try {
    return await collect(consumer, stretch, others, clock, timeoutMs)
  } catch (error) {
    throw toGatewayError(error, topic)
  } finally {
    await consumer.disconnect().catch(() => undefined)
    // The broker forgets an empty group that never committed as well, only later.
    await admin.use(topic, (client) => client.deleteGroups([groupId])).catch(() => undefined)
  }
}

interface Stretch {
  readonly topic: string
  readonly partition: number
  readonly from: bigint
  readonly until: bigint
  readonly limit: number
}

async function collect(
  consumer: Consumer,
  { topic, partition, from, until, limit }: Stretch,
  others: number[],
  clock: Clock,
  timeoutMs: number,
): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = []
  const { promise: done, resolve, reject } = Promise.withResolvers<void>()
  done.catch(() => undefined) // may fail before anyone waits for it
  const take = async (payload: EachBatchPayload) => {
    const { batch } = payload
    if (batch.partition !== partition || payload.isStale()) return
    for (const message of batch.messages) {
      const event = fromMessage(topic, partition, message)
      const isWanted = event.offset >= from && event.offset < until && events.length < limit
      if (isWanted) events.push(event)
    }
    if (events.length >= limit || BigInt(batch.lastOffset()) + 1n >= until) resolve()
  }
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    reject(payload.error)
  })
  // Told before the first fetch of this member goes out.
  consumer.on(consumer.events.GROUP_JOIN, () => {
    if (others.length > 0) consumer.pause([{ topic, partitions: others }])
    consumer.seek({ topic, partition, offset: String(from) })
  })
  const timer = clock.after(timeoutMs, () => {
    reject(unavailable(`the replay took more than ${String(timeoutMs)} ms`))
  })
  try {
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({ autoCommit: false, eachBatch: take })
    await done
    return events
  } finally {
    timer.cancel()
  }
}
