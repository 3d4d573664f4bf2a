import type { StoredEvent } from '@sluice/event-log'
import type { As, Database } from './database.ts'
import { decodeEvents } from './record-batch.ts'

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
    const { rows } = await on.query<BatchRow>(
      selectBatches,
      [topic, partition, next, page],
      asEvents,
    )
    const found = events.length
    for (const { base_offset, records } of rows) {
      for (const [i, event] of (await decodeEvents(records)).entries()) {
        const at = BigInt(base_offset + i)
        if (at < next) continue
        events.push({ ...event, partition, offset: at })
        if (events.length >= limit) return events
      }
    }
    const last = events.at(-1)
    if (rows.length < page || !last || events.length === found) return events
    next = last.offset + 1n
  }
}
