import type { NewEvent, StoredEvent } from '@sluice/event-log'
import type { Database } from './database.ts'
import { asEvents } from './read-events.ts'
import { decodeEvents, encodeEvents } from '@sluice/event-log/record-batch'

interface BatchRow {
  readonly base_offset: number
  readonly records: Uint8Array
}

export interface Rewriting {
  readonly topic: string
  readonly partition: number
  readonly change: (event: StoredEvent) => NewEvent | null
}

/** Batch by batch: a batch keeps its offsets, and is written only when something in it was changed. */
export async function rewriteEvents(
  on: Database,
  { topic, partition, change }: Rewriting,
): Promise<number> {
  let changed = 0
  for (let next = -1; ;) {
    const { rows } = await on.query<BatchRow>(
      `SELECT base_offset, records FROM events.batches
       WHERE topic = $1 AND partition = $2 AND base_offset > $3 ORDER BY base_offset LIMIT 8`,
      [topic, partition, next],
      asEvents,
    )
    for (const { base_offset: base, records } of rows) {
      next = base
      let found = 0
      const events = (await decodeEvents(records)).map((event, i) => {
        const changedEvent = change({ ...event, partition, offset: BigInt(base + i) })
        if (changedEvent) found += 1
        return changedEvent ?? event
      })
      if (found === 0) continue
      await on.query(
        'UPDATE events.batches SET records = $4 WHERE topic = $1 AND partition = $2 AND base_offset = $3',
        [topic, partition, base, await encodeEvents(events)],
        asEvents,
      )
      changed += found
    }
    if (rows.length < 8) return changed
  }
}
