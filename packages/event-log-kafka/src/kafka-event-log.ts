import type { TopicLayout } from '@sluice/contracts/topics/topic'
import type { EventLog, NewEvent, StoredEvent } from '@sluice/event-log'
import { GatewayError } from '@sluice/kernel/errors'
import { Partitioners, type Admin, type Kafka, type Producer } from 'kafkajs'
import { ClientSlot } from './client-slot.ts'
import { createKafka } from './kafka-client.ts'
import { unavailable } from './kafka-errors.ts'
import type { KafkaEventLogOptions } from './kafka-event-log-options.ts'
import { KafkaReplay } from './kafka-replay.ts'
import { KafkaSubscription } from './kafka-subscription.ts'
import { createTopics } from './kafka-topics.ts'
import { inBatches, toMessage } from './records.ts'

export type { KafkaEventLogOptions } from './kafka-event-log-options.ts'

const defaultCallTimeoutMs = 15_000
const defaultSessionTimeoutMs = 10_000

/** Connects when it is first used; Kafka away costs a caller a retryable error within `callTimeoutMs`, never more. */
export function createKafkaEventLog(options: KafkaEventLogOptions): EventLog {
  return new KafkaEventLog(options)
}

class KafkaEventLog implements EventLog {
  readonly adapter = 'kafka'
  readonly #options: KafkaEventLogOptions
  readonly #kafka: Kafka
  readonly #producer: ClientSlot<Producer>
  readonly #admin: ClientSlot<Admin>
  readonly #replay: KafkaReplay
  /** Topics seen to exist. kafkajs must never be asked for another: one unknown name spoils the metadata of all. */
  readonly #known = new Set<string>()
  readonly #subscriptions = new Set<KafkaSubscription>()
  #isClosed = false

  constructor(options: KafkaEventLogOptions) {
    const { clock, callTimeoutMs: timeoutMs = defaultCallTimeoutMs } = options
    this.#options = options
    this.#kafka = createKafka(options)
    this.#producer = new ClientSlot(() => this.#createProducer(), clock, timeoutMs)
    this.#admin = new ClientSlot(() => this.#kafka.admin(), clock, timeoutMs)
    this.#replay = new KafkaReplay({ kafka: this.#kafka, admin: this.#admin, clock, timeoutMs })
  }

  createTopics(topics: readonly TopicLayout[]): Promise<void> {
    return createTopics(this.#admin, this.#options.clock, topics)
  }

  async publish(topic: string, events: readonly NewEvent[]): Promise<void> {
    await this.#assertExists(topic)
    for (const batch of inBatches(events)) {
      const now = this.#options.clock.now()
      const messages = batch.map((event) => toMessage(event, now))
      await this.#forgetIfUnknown(topic, () =>
        this.#producer.use(topic, (producer) =>
          producer.sendBatch({ acks: -1, timeout: 5000, topicMessages: [{ topic, messages }] }),
        ),
      )
    }
  }

  async subscribe(
    topic: string,
    { group, maxBatch }: { readonly group: string; readonly maxBatch: number },
    handler: (events: readonly StoredEvent[]) => Promise<void>,
  ): Promise<AsyncDisposable> {
    const { clock, logger, sessionTimeoutMs = defaultSessionTimeoutMs } = this.#options
    await this.#assertExists(topic).catch((error: unknown) => {
      if (!GatewayError.is(error) || !error.retryable || this.#isClosed) throw error
      logger?.warn({ err: error, topic, group }, 'subscribes while kafka is away')
    })
    const subscription = new KafkaSubscription({
      kafka: this.#kafka,
      clock,
      logger: logger?.child({ topic, group }),
      topic,
      // Members of one Kafka group must agree on their topics, and ours agree on a name only.
      group: `${group}.${topic}`,
      maxBatch,
      sessionTimeoutMs,
      handler,
    })
    this.#subscriptions.add(subscription)
    await subscription.started()
    const stop = async () => {
      await subscription[Symbol.asyncDispose]()
      this.#subscriptions.delete(subscription)
    }
    return { [Symbol.asyncDispose]: stop }
  }

  read(
    topic: string,
    partition: number,
    offset: bigint,
    limit: number,
  ): Promise<readonly StoredEvent[]> {
    return this.#replay.read({ topic, partition, offset, limit })
  }

  rewrite(): Promise<null> {
    return Promise.resolve(null)
  }

  async ping(): Promise<void> {
    await this.#admin.use('any', (admin) => admin.describeCluster())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#subscriptions].map((member) => member[Symbol.asyncDispose]()))
    await this.#replay[Symbol.asyncDispose]()
    await this.#producer[Symbol.asyncDispose]()
    await this.#admin[Symbol.asyncDispose]()
  }

  /**
   * One request in flight and no idempotence: kafkajs' idempotent producer goes out of sequence when it reconnects
   * (https://github.com/tulios/kafkajs/issues/598), while a single request in flight keeps the order of a key through retries.
   */
  #createProducer(): Producer {
    return this.#kafka.producer({
      allowAutoTopicCreation: false,
      idempotent: false,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
    })
  }

  async #assertExists(topic: string): Promise<void> {
    if (this.#isClosed) throw unavailable('the event log is closed')
    if (this.#known.has(topic)) return
    await this.#admin.use(topic, (admin) => admin.fetchTopicMetadata({ topics: [topic] }))
    this.#known.add(topic)
  }

  async #forgetIfUnknown(topic: string, publish: () => Promise<unknown>): Promise<void> {
    try {
      await publish()
    } catch (error) {
      if (GatewayError.is(error) && error.code === 'unknown_topic') this.#known.delete(topic)
      throw error
    }
  }
}
