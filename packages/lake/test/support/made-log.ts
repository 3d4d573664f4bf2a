import { eventLogErrors } from '@sluice/event-log/errors'
import type { EventLog, NewEvent, StoredEvent } from '@sluice/event-log'
import { GatewayError } from '@sluice/kernel/errors'
import { eventOf, usageEvent, usageTopic } from '../../src/testing/lake-events.ts'

const partitions = 2
const start = Date.UTC(2026, 0, 1)
/** Ten days of events in a few thousand. */
const stepMs = 300_000

/** What stands at a place of the log, the same in every process: facts, and among them repetitions and what is no fact. */
export function eventAt(partition: number, offset: number): NewEvent {
  const n = offset * partitions + partition
  if (offset % 50 === 49) return eventOf('poison', `{"not json ${String(n)}`, start)
  const of = offset % 10 === 9 && (offset - 7) % 50 !== 49 ? n - 7 * partitions : n
  return usageEvent(of, start + of * stepMs)
}

/** A log that ends at `end` of each partition; a read gives a hundred events at most. */
export function madeLog(end: (partition: number) => number): Pick<EventLog, 'read'> {
  return {
    async read(topic, partition, offset, limit) {
      if (topic !== usageTopic.name || partition >= partitions)
        throw new GatewayError(eventLogErrors.unknown_topic, topic)
      const from = Number(offset)
      const count = Math.max(0, Math.min(limit, 100, end(partition) - from))
      return Array.from({ length: count }, (_, i): StoredEvent => {
        return { ...eventAt(partition, from + i), partition, offset: BigInt(from + i) }
      })
    },
  }
}
