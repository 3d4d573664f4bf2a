import type { NewEvent, StoredEvent } from '@sluice/event-log'
import { fromHeaders, toHeaders } from '@sluice/event-log/cloud-events'
import type { IHeaders, KafkaMessage, Message } from 'kafkajs'

/** Of a record beside its value: headers, key, framing. Generous, since it only decides how a publish is cut. */
const overheadBytes = 1000
/** Brokers take batches of 1 MiB per partition unless told otherwise. */
const maxBatchBytes = 900_000

/** The record of an event. Its timestamp is when it was published, so that a late event is kept as long as the others. */
export function toMessage({ key, value, attributes }: NewEvent, nowMs: number): Message {
  return { key, value, headers: toHeaders(attributes), timestamp: String(nowMs) }
}

export function fromMessage(topic: string, partition: number, message: KafkaMessage): StoredEvent {
  const { key, value, headers, offset, timestamp } = message
  const origin = { position: `${topic}/${String(partition)}/${offset}`, time: Number(timestamp) }
  return {
    partition,
    offset: BigInt(offset),
    key: key?.toString() ?? '',
    // A tombstone of a compacted topic has no value.
    value: value?.toString() ?? 'null',
    attributes: fromHeaders(plain(headers), origin),
  }
}

/** Cuts a publish into what a broker takes at once, in order. An event that is too large alone goes alone, and is refused alone. */
export function* inBatches(events: readonly NewEvent[]): Generator<readonly NewEvent[]> {
  let batch: NewEvent[] = []
  let bytes = 0
  for (const event of events) {
    const size = Buffer.byteLength(event.value) + overheadBytes
    if (batch.length > 0 && bytes + size > maxBatchBytes) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(event)
    bytes += size
  }
  if (batch.length > 0) yield batch
}

function plain(headers: IHeaders | undefined): IHeaders {
  return headers ?? {}
}
