import type { TopicLayout } from '@sluice/contracts/topics/topic'

/**
 * Facts: ordered per key, kept by time, read by many.
 *
 * Guaranteed: `publish` resolves once the batch is durable; events with equal keys land in one partition in the order they were published;
 * each group gets every event at least once, in offset order per partition; members of a group share its events; a batch holds events of
 * one partition; a group's offset advances only after its handler resolved, and a handler that throws gets the same batch again after a
 * pause; disposing a subscription waits for its running handler and keeps the offset; `read` gives the same events again from any kept
 * offset.
 *
 * Not promised: exactly once (every event has an `id` that is stable across repeats: dedupe on it); order between partitions, or between
 * `publish` calls that overlap; that topics exist: an admin step (`createTopics`) makes them, using a missing one is an error
 * (`unknown_topic`); transactions with anything else.
 */
export interface EventLog extends AsyncDisposable {
  readonly adapter: 'memory' | 'database' | 'kafka'

  /** Creates what is missing with the partitions and retention of the contract; leaves what exists untouched. */
  createTopics(topics: readonly TopicLayout[]): Promise<void>
  publish(topic: string, events: readonly NewEvent[]): Promise<void>
  /** Group offsets start at the oldest kept event. */
  subscribe(
    topic: string,
    options: { readonly group: string; readonly maxBatch: number },
    handler: (events: readonly StoredEvent[]) => Promise<void>,
  ): Promise<AsyncDisposable>
  /** Replay: up to `limit` events of one partition from `offset` on. */
  read(
    topic: string,
    partition: number,
    offset: bigint,
    limit: number,
  ): Promise<readonly StoredEvent[]>
  /**
   * The same as the back end keeps it, for somebody who decodes it elsewhere (`record-batch.ts`): some batches of one partition in their order,
   * the first with the event at `offset` and maybe others before it; none = there is nothing from there on. Absent where nothing is kept so.
   */
  readonly readBatches?: (
    topic: string,
    partition: number,
    offset: bigint,
  ) => Promise<readonly EventBatch[]>
  /**
   * Puts what `change` makes of an event in its place, at its offset, for all that are kept when it is called; null leaves it. How many were
   * changed. For erasure alone: whoever has read an event has read it. Null where the back end cannot (Kafka): there retention alone removes.
   */
  rewrite(topic: string, change: (event: StoredEvent) => NewEvent | null): Promise<number | null>
  /** Resolves when the back end answers; throws otherwise. */
  ping(): Promise<void>
}

/** A fact on its way in. `attributes` are CloudEvents attributes (see `cloud-events.ts`); `value` is the JSON text of the payload. */
export interface NewEvent {
  readonly key: string
  readonly attributes: EventAttributes
  readonly value: string
}

export interface StoredEvent extends NewEvent {
  readonly partition: number
  readonly offset: bigint
}

/** Events that follow each other in one partition, as `encodeEvents` writes them. */
export interface EventBatch {
  readonly firstOffset: bigint
  readonly records: Uint8Array
}

/** CloudEvents 1.0, Kafka binary mode: each becomes a header `ce_<name>`. */
export interface EventAttributes {
  /** Stable across repeats of the same fact: what readers dedupe on. */
  readonly id: string
  /** The service that states the fact: `/sluice/usage`. */
  readonly source: string
  /** `sluice.<noun>.<past-verb>` of the topic's contract. */
  readonly type: string
  readonly subject: string
  /** RFC 3339. */
  readonly time: string
  readonly tenant: string
  readonly schemaversion: string
  readonly traceparent?: string
}
