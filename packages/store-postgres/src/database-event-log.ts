import type { TopicLayout } from '@sluice/contracts/topics/topic'
import type { EventBatch, EventLog, NewEvent, StoredEvent } from '@sluice/event-log'
import { eventLogErrors } from '@sluice/event-log/errors'
import { partitionOf } from '@sluice/event-log/partition-of'
import type { Clock, Timer } from '@sluice/kernel/clock'
import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { Database, Statement } from './database.ts'
import { GroupMember } from './group-member.ts'
import { migrate } from './migrate.ts'
import { eventsMigrations } from './migrations/events-migrations.ts'
import { asEvents, readBatches, readEvents } from './read-events.ts'
import { encodeEvents } from '@sluice/event-log/record-batch'
import { rewriteEvents } from './rewrite-events.ts'

export interface DatabaseEventLogOptions {
  readonly clock: Clock
  /** Told about handlers that throw; silent without. */
  readonly logger?: Logger
  /**
   * Cap on the partitions of topics created from here on. One on PGlite unless given: partitions are for competing processes, PGlite has one,
   * and a batch is a row per partition.
   */
  readonly maxPartitions?: number
}

/** The event log in the `events` schema: the embedded default, and what a cluster without Kafka uses. Brings the schema up to date first. */
export async function createDatabaseEventLog(
  database: Database,
  options: DatabaseEventLogOptions,
): Promise<EventLog> {
  await migrate(database, eventsMigrations)
  return new DatabaseEventLog(database, options)
}

const sweepEveryMs = 600_000

const publishBatch = `
  WITH reserved AS (
    UPDATE events.partitions SET next_offset = next_offset + $3::integer
    WHERE topic = $1 AND partition = $2
    RETURNING next_offset - $3::integer AS base_offset
  )
  INSERT INTO events.batches (topic, partition, base_offset, count, published_at, records)
  SELECT $1, $2, base_offset, $3, $4, $5 FROM reserved`

export class DatabaseEventLog implements EventLog {
  readonly adapter = 'database'
  readonly #database: Database
  readonly #clock: Clock
  readonly #logger: Logger | undefined
  readonly #maxPartitions: number
  /** Number of partitions by topic; a topic never changes them. */
  readonly #partitions = new Map<string, number>()
  readonly #members = new Map<GroupMember, string>()
  readonly #sweeper: Timer
  #closed = false

  constructor(database: Database, { clock, logger, maxPartitions }: DatabaseEventLogOptions) {
    this.#database = database
    this.#clock = clock
    this.#logger = logger
    this.#maxPartitions = maxPartitions ?? (database.adapter === 'pglite' ? 1 : 1_000)
    this.#sweeper = clock.every(sweepEveryMs, () => {
      this.sweep().catch((error: unknown) => {
        logger?.warn({ err: error }, 'event log: old events could not be removed')
      })
    })
  }

  isIn(database: Database): boolean {
    return this.#database === database
  }

  async has(topic: string): Promise<boolean> {
    this.#assertOpen()
    return (await this.#find(topic)) !== null
  }

  async createTopics(topics: readonly TopicLayout[]): Promise<void> {
    this.#assertOpen()
    await this.#database.transaction(async (transaction) => {
      for (const { name, partitions, retentionMs } of topics) {
        const count = Math.min(partitions, this.#maxPartitions)
        const created = await transaction.query(
          `INSERT INTO events.topics (name, partitions, retention_ms) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
          [name, count, retentionMs],
        )
        if (created.count === 0) continue
        await transaction.query(
          `INSERT INTO events.partitions (topic, partition) SELECT $1, generate_series(0, $2::integer - 1)`,
          [name, count],
        )
      }
    }, asEvents)
  }

  async publish(topic: string, events: readonly NewEvent[]): Promise<void> {
    const statements = await this.publishing(topic, events)
    await this.#database.transaction(async (transaction) => {
      for (const { text, values } of statements) await transaction.query(text, values)
    }, asEvents)
    this.wake(topic)
  }

  /**
   * What publishes these events, for somebody who runs it in a transaction on the same database and calls `wake` after it. Partitions come in
   * ascending order, so that two publishers wait for each other instead of blocking each other.
   */
  async publishing(topic: string, events: readonly NewEvent[]): Promise<readonly Statement[]> {
    this.#assertOpen()
    const partitions = await this.#partitionsOf(topic)
    const at = this.#clock.now()
    return Promise.all(
      spread(events, partitions).map(async ([partition, batch]) => ({
        text: publishBatch,
        values: [topic, partition, batch.length, at, await encodeEvents(batch)],
      })),
    )
  }

  /** Tells this process's subscribers that there is something new. Those of other processes find it when they look. */
  wake(topic: string): void {
    for (const [member, subscribed] of this.#members) if (subscribed === topic) member.wake()
  }

  async subscribe(
    topic: string,
    options: { readonly group: string; readonly maxBatch: number },
    handler: (events: readonly StoredEvent[]) => Promise<void>,
  ): Promise<AsyncDisposable> {
    this.#assertOpen()
    await this.#partitionsOf(topic)
    const member = await GroupMember.join(this.#database, {
      topic,
      ...options,
      handler,
      clock: this.#clock,
      logger: this.#logger?.child({ topic, group: options.group }),
    })
    this.#members.set(member, topic)
    const leave = async () => {
      this.#members.delete(member)
      await member[Symbol.asyncDispose]()
    }
    return { [Symbol.asyncDispose]: leave }
  }

  async read(
    topic: string,
    partition: number,
    offset: bigint,
    limit: number,
  ): Promise<readonly StoredEvent[]> {
    await this.#assertPartition(topic, partition)
    return readEvents(this.#database, topic, partition, offset, limit)
  }

  async readBatches(
    topic: string,
    partition: number,
    offset: bigint,
  ): Promise<readonly EventBatch[]> {
    await this.#assertPartition(topic, partition)
    return readBatches(this.#database, topic, partition, offset)
  }

  async rewrite(topic: string, change: (event: StoredEvent) => NewEvent | null): Promise<number> {
    this.#assertOpen()
    const partitions = await this.#partitionsOf(topic)
    let changed = 0
    for (let partition = 0; partition < partitions; partition += 1)
      changed += await rewriteEvents(this.#database, { topic, partition, change })
    return changed
  }

  async ping(): Promise<void> {
    this.#assertOpen()
    await this.#database.ping()
  }

  /** Removes batches past their topic's retention. */
  async sweep(): Promise<void> {
    await this.#database.query(
      `DELETE FROM events.batches b USING events.topics t
       WHERE b.topic = t.name AND t.retention_ms >= 0 AND b.published_at < $1::bigint - t.retention_ms`,
      [this.#clock.now()],
      asEvents,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#sweeper.cancel()
    await Promise.all([...this.#members.keys()].map((member) => member[Symbol.asyncDispose]()))
    this.#members.clear()
  }

  async #assertPartition(topic: string, partition: number): Promise<void> {
    this.#assertOpen()
    if (partition >= (await this.#partitionsOf(topic)))
      throw unknown(`${topic} has no partition ${String(partition)}`)
  }

  async #partitionsOf(topic: string): Promise<number> {
    const partitions = await this.#find(topic)
    if (partitions === null) throw unknown(`there is no topic ${topic}`)
    return partitions
  }

  async #find(topic: string): Promise<number | null> {
    const known = this.#partitions.get(topic)
    if (known !== undefined) return known
    const { rows } = await this.#database.query<{ partitions: number }>(
      'SELECT partitions FROM events.topics WHERE name = $1',
      [topic],
      asEvents,
    )
    if (!rows[0]) return null
    this.#partitions.set(topic, rows[0].partitions)
    return rows[0].partitions
  }

  #assertOpen(): void {
    if (this.#closed)
      throw new GatewayError(kernelErrors.dependency_unavailable, 'the event log is closed')
  }
}

function spread(events: readonly NewEvent[], partitions: number): [number, readonly NewEvent[]][] {
  if (events.length === 0) return []
  if (partitions === 1) return [[0, events]]
  const batches = new Map<number, NewEvent[]>()
  for (const event of events) {
    const partition = partitionOf(event.key, partitions)
    const batch = batches.get(partition)
    if (batch) batch.push(event)
    else batches.set(partition, [event])
  }
  return [...batches].toSorted(([a], [b]) => a - b)
}

function unknown(message: string): GatewayError {
  return new GatewayError(eventLogErrors.unknown_topic, message)
}
