import type { EventBatch, StoredEvent } from '@sluice/event-log'
import { decodeBatch } from '@sluice/event-log/record-batch'
import type { As, Database } from './database.ts'

interface BatchRow {
  readonly base_offset: number
  readonly records: Uint8Array
}

/** Batches hold the events of many tenants. */
export const asEvents: As = { service: 'events' }

/** Batches fetched at once: bounds memory, whatever their size. */
const page = 8

// Starts with the batch that holds the offset; the comparison is one that the primary key can answer.
const selectBatches = `
  SELECT base_offset, records FROM events.batches
  WHERE topic = $1 AND partition = $2 AND base_offset >= coalesce(
    (SELECT max(base_offset) FROM events.batches WHERE topic = $1 AND partition = $2 AND base_offset <= $3), 0)
    AND base_offset + count > $3
  ORDER BY base_offset LIMIT $4`

/** Up to `limit` events of a partition from `offset` on. */
export async function readEvents(
  on: Database,
  topic: string,
  partition: number,
  offset: bigint,
  limit: number,
): Promise<StoredEvent[]> {
  const events: StoredEvent[] = []
  let next = offset
  for (;;) {
    const batches = await readBatches(on, topic, partition, next)
    const found = events.length
    for (const batch of batches) {
      for (const event of await decodeBatch(batch, partition)) {
        if (event.offset < next) continue
        events.push(event)
        if (events.length >= limit) return events
      }
    }
    const last = events.at(-1)
    if (batches.length < page || !last || events.length === found) return events
    next = last.offset + 1n
  }
}

/** The batch that holds the offset, and those behind it, so many at once. */
export async function readBatches(
  on: Database,
  topic: string,
  partition: number,
  offset: bigint,
): Promise<EventBatch[]> {
  const { rows } = await on.query<BatchRow>(
    selectBatches,
    [topic, partition, offset, page],
    asEvents,
  )
  return rows.map(({ base_offset, records }) => ({ firstOffset: BigInt(base_offset), records }))
}
