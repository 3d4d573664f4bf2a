import { sleep, type Clock } from '@sluice/kernel/clock'
import type { Logger } from '@sluice/kernel/logger'
import type { StoredEvent } from '@sluice/event-log'
import { redeliveryPauseMs } from '@sluice/event-log/redelivery-pause'
import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs'
import { retry } from './kafka-client.ts'
import { unavailable } from './kafka-errors.ts'
import { fromMessage } from './records.ts'

/** Bounds how long a disposal waits for the fetch that is under way. */
const maxFetchWaitMs = 500
const rejoinPauseMs = 1000
/** Also how soon a member notices that another came or left. */
const heartbeatMs = 1000
/** What a handler may take while the group waits for this member to join it anew. */
const rebalanceTimeoutMs = 60_000
/** Enough for a last commit and a goodbye to brokers that answer. */
const farewellMs = 2000

export interface KafkaSubscriptionParts {
  readonly kafka: Kafka
  readonly clock: Clock
  readonly logger: Logger | undefined
  readonly topic: string
  readonly group: string
  readonly maxBatch: number
  readonly sessionTimeoutMs: number
  readonly handler: (events: readonly StoredEvent[]) => Promise<void>
}

/**
 * One member of a group. It takes the batches of its partitions one after the other, and commits each when its handler has resolved. A
 * consumer that crashes (Kafka away, a fatal answer) is replaced by a new one until the subscription is disposed.
 */
export class KafkaSubscription implements AsyncDisposable {
  readonly #parts: KafkaSubscriptionParts
  readonly #stopping = new AbortController()
  readonly #firstAttempt = Promise.withResolvers<void>()
  readonly #ended: Promise<void>
  #handling: Promise<unknown> = Promise.resolve()

  constructor(parts: KafkaSubscriptionParts) {
    this.#parts = parts
    this.#ended = this.#keepConsuming()
  }

  /** Resolves when it has joined its group, or when Kafka turned out to be away: then it joins as soon as Kafka returns. */
  started(): Promise<void> {
    return this.#firstAttempt.promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new Error('the subscription is disposed'))
    await this.#ended
  }

  async #keepConsuming(): Promise<void> {
    const { clock, logger } = this.#parts
    const stopping = this.#stopping.signal
    while (!stopping.aborted) {
      try {
        await this.#consume()
      } catch (error) {
        logger?.warn({ err: error }, 'consumer stopped and will join again')
      }
      this.#firstAttempt.resolve()
      await sleep(clock, rejoinPauseMs, stopping).catch(() => undefined) // disposed meanwhile
    }
  }

  /** The life of one consumer: resolves when the subscription is disposed, rejects when the consumer crashed. */
  async #consume(): Promise<void> {
    const consumer = this.#createConsumer()
    const { promise: over, resolve, reject } = Promise.withResolvers<void>()
    over.catch(() => undefined) // may be over before anyone waits for it
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      reject(payload.error)
    })
    // kafkajs asks again over the same connection, for a minute: one that went silent is better left at once.
    consumer.on(consumer.events.REQUEST_TIMEOUT, ({ payload }) => {
      reject(unavailable(`${payload.broker} did not answer ${payload.apiName}`))
    })
    const stop = () => {
      resolve()
    }
    this.#stopping.signal.addEventListener('abort', stop)
    const joined = this.#join(consumer).then(() => {
      this.#firstAttempt.resolve()
    })
    try {
      await Promise.race([joined, over])
      await over
    } finally {
      this.#stopping.signal.removeEventListener('abort', stop)
      await this.#handling // however long; what comes after is bounded, since brokers that are away could hold it up
      const left = joined.catch(() => undefined).then(() => consumer.disconnect())
      await Promise.race([left.catch(() => undefined), sleep(this.#parts.clock, farewellMs)])
    }
  }

  async #join(consumer: Consumer): Promise<void> {
    const stopping = this.#stopping.signal
    await consumer.connect()
    if (stopping.aborted) return
    await consumer.subscribe({ topic: this.#parts.topic, fromBeginning: true })
    if (stopping.aborted) return
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.#handleFetched(payload),
    })
  }

  #createConsumer(): Consumer {
    const { kafka, group, sessionTimeoutMs } = this.#parts
    return kafka.consumer({
      groupId: group,
      allowAutoTopicCreation: false,
      maxWaitTimeInMs: maxFetchWaitMs,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatMs,
      rebalanceTimeout: rebalanceTimeoutMs,
      // Crashes are our business: kafkajs gives up on some of them for good.
      retry: { ...retry, restartOnFailure: async () => false },
    })
  }

  /** Hands what one fetch brought to the handler, piece by piece. */
  async #handleFetched(payload: EachBatchPayload): Promise<void> {
    const { topic, maxBatch } = this.#parts
    const { partition, messages } = payload.batch
    for (let from = 0; from < messages.length; from += maxBatch) {
      if (!payload.isRunning() || payload.isStale() || this.#stopping.signal.aborted) return
      const piece = messages.slice(from, from + maxBatch)
      const last = piece.at(-1)
      if (!last || !(await this.#handle(piece, partition, payload))) return
      payload.resolveOffset(last.offset)
      const next = String(BigInt(last.offset) + 1n)
      await payload.commitOffsetsIfNecessary({
        topics: [{ topic, partitions: [{ partition, offset: next }] }],
      })
      await payload.heartbeat()
    }
  }

  /** Repeats one piece until its handler resolves, heartbeating all the while; false when the subscription was disposed first. */
  async #handle(
    piece: readonly KafkaMessage[],
    partition: number,
    payload: EachBatchPayload,
  ): Promise<boolean> {
    const { clock, logger, topic, handler } = this.#parts
    const stopping = this.#stopping.signal
    const membership = new AbortController()
    const beat = clock.every(heartbeatMs, () => {
      payload.heartbeat().catch((error: unknown) => {
        membership.abort(error) // the group rebalances without us unless we stop and join
      })
    })
    try {
      for (let failures = 1; ; failures += 1) {
        const events = piece.map((message) => fromMessage(topic, partition, message))
        try {
          const handling = handler(events)
          this.#handling = handling.catch(() => undefined)
          await handling
          return true
        } catch (thrown) {
          logger?.warn({ err: thrown, partition, failures }, 'batch failed and will be repeated')
        }
        const interrupted = AbortSignal.any([stopping, membership.signal])
        await sleep(clock, redeliveryPauseMs(failures), interrupted)
      }
    } catch (interruption) {
      if (stopping.aborted) return false
      throw interruption
    } finally {
      beat.cancel()
    }
  }
}
