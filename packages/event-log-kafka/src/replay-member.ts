import type { StoredEvent } from '@sluice/event-log'
import { type Clock, sleep } from '@sluice/kernel/clock'
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs'
import { retry } from './kafka-client.ts'
import { toGatewayError, unavailable } from './kafka-errors.ts'
import { fromMessage } from './records.ts'

/** Also how long a read waits for the member to look at its partition. */
const maxFetchWaitMs = 50
/** Enough for a goodbye to brokers that answer. */
const farewellMs = 2_000

/** Of one partition, up to `limit` events; there is something in it. */
export interface Stretch {
  readonly partition: number
  readonly from: bigint
  readonly until: bigint
  readonly limit: number
}

interface Reading {
  readonly stretch: Stretch
  readonly events: StoredEvent[]
  readonly done: PromiseWithResolvers<void>
}

export interface ReplayMemberParts {
  readonly kafka: Kafka
  readonly topic: string
  readonly groupId: string
  readonly clock: Clock
  readonly timeoutMs: number
}

/** The only member of a group: all partitions of a topic are its own, and it fetches those alone that are being read. */
export class ReplayMember implements AsyncDisposable {
  readonly #parts: ReplayMemberParts
  readonly #consumer: Consumer
  readonly #joined = Promise.withResolvers<void>()
  readonly #readings = new Map<number, Reading>()
  readonly #turns = new Map<number, Promise<unknown>>()
  #partitions: readonly number[] = []
  #failure: Error | null = null

  constructor(parts: ReplayMemberParts) {
    const { kafka, topic, groupId } = parts
    this.#parts = parts
    this.#joined.promise.catch(() => undefined) // may fail before anyone waits for it
    const consumer = kafka.consumer({
      groupId,
      allowAutoTopicCreation: false,
      maxWaitTimeInMs: maxFetchWaitMs,
      retry: { ...retry, restartOnFailure: async () => false },
    })
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      this.#fail(payload.error)
    })
    // Told before the first fetch of this member goes out.
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      this.#partitions = payload.memberAssignment[topic] ?? []
      const idle = this.#partitions.filter((partition) => !this.#readings.has(partition))
      if (idle.length > 0) consumer.pause([{ topic, partitions: idle }])
      for (const reading of this.#readings.values()) this.#seek(reading)
      this.#joined.resolve()
    })
    this.#consumer = consumer
  }

  /** Rejects within the time-out. */
  async join(): Promise<void> {
    const { topic } = this.#parts
    await this.#withinTime(async () => {
      await this.#consumer.connect()
      await this.#consumer.subscribe({ topic, fromBeginning: true })
      await this.#consumer.run({ autoCommit: false, eachBatch: (payload) => this.#take(payload) })
      await this.#joined.promise
    })
  }

  /** False: it came to the topic after this member. */
  has(partition: number): boolean {
    return this.#partitions.includes(partition)
  }

  /** Stretches of one partition come one after the other. */
  read(stretch: Stretch): Promise<readonly StoredEvent[]> {
    const { partition } = stretch
    const before = this.#turns.get(partition) ?? Promise.resolve()
    const mine = before.then(() => this.#read(stretch))
    this.#turns.set(
      partition,
      mine.catch(() => undefined),
    )
    return mine
  }

  async #read(stretch: Stretch): Promise<readonly StoredEvent[]> {
    if (this.#failure) throw toGatewayError(this.#failure, this.#parts.topic)
    const { topic } = this.#parts
    const { partition } = stretch
    const reading: Reading = { stretch, events: [], done: Promise.withResolvers<void>() }
    this.#readings.set(partition, reading)
    try {
      this.#seek(reading)
      this.#consumer.resume([{ topic, partitions: [partition] }])
      await this.#withinTime(() => reading.done.promise)
      return reading.events
    } finally {
      this.#readings.delete(partition)
      this.#consumer.pause([{ topic, partitions: [partition] }])
    }
  }

  /** What was read before a rebalance stays; it goes on behind it. */
  #seek({ stretch: { partition, from }, events }: Reading): void {
    const last = events.at(-1)
    const offset = last ? last.offset + 1n : from
    this.#consumer.seek({ topic: this.#parts.topic, partition, offset: String(offset) })
  }

  async #take(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload
    const reading = this.#readings.get(batch.partition)
    if (!reading || payload.isStale()) return
    const { topic } = this.#parts
    const { stretch, events, done } = reading
    const { from, until, limit } = stretch
    for (const message of batch.messages) {
      const event = fromMessage(topic, batch.partition, message)
      const isWanted = event.offset >= from && event.offset < until && events.length < limit
      if (isWanted) events.push(event)
    }
    if (events.length < limit && BigInt(batch.lastOffset()) + 1n < until) return
    this.#readings.delete(batch.partition)
    this.#consumer.pause([{ topic, partitions: [batch.partition] }])
    done.resolve()
  }

  async #withinTime(work: () => Promise<void>): Promise<void> {
    const { clock, timeoutMs, topic } = this.#parts
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = clock.after(timeoutMs, () => {
      reject(unavailable(`the replay took more than ${String(timeoutMs)} ms`))
    })
    try {
      await Promise.race([work(), late])
    } catch (error) {
      throw toGatewayError(error, topic)
    } finally {
      timer.cancel()
    }
  }

  #fail(error: Error): void {
    this.#failure = error
    this.#joined.reject(error)
    for (const { done } of this.#readings.values()) done.reject(error)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#fail(unavailable('the event log is closed'))
    const left = this.#consumer.disconnect().catch(() => undefined)
    await Promise.race([left, sleep(this.#parts.clock, farewellMs)])
  }
}
