import type { LakeTable } from '@sluice/contracts/lake/table'
import { quarantine } from '@sluice/contracts/lake/tables'
import type { EventLog, StoredEvent } from '@sluice/event-log'
import type { Row } from '@sluice/iceberg/schema'
import type { TableView } from '@sluice/iceberg/table-view'
import type { Clock } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import { lakeErrors } from './errors.ts'
import { quarantineRow, readEvent } from './event-row.ts'
import { KnownKeys } from './known-keys.ts'
import type { LakeFolder } from './lake-folder.ts'
import { LogTail } from './log-tail.ts'
import {
  type Progress,
  progressSummary,
  readProgress,
  type TopicProgress,
} from './topic-progress.ts'

/** A commit takes no more: bounds memory while it catches up, and how long the process is busy with one. */
const maxBatchEvents = 2_000
const maxBatchCharacters = 32_000_000
export interface Written {
  readonly events: number
  readonly rows: number
  readonly quarantined: number
  readonly duplicates: number
  /** When the oldest of its events happened, Unix ms; null = none. */
  readonly oldest: number | null
  /** More is there than one commit takes. */
  readonly more: boolean
}

interface Parts {
  readonly folder: LakeFolder
  readonly events: Pick<EventLog, 'read'>
  readonly clock: Clock
}

interface Batch {
  readonly events: readonly StoredEvent[]
  readonly more: boolean
}

/**
 * One topic into its table. Where it goes on is in the table itself, in the snapshot that holds the rows, so that a writer that was killed begins
 * where its last commit ended: nothing twice, nothing left out. Quarantine is a table of its own and is written first; what it has of a
 * partition already is not written to it again.
 */
export class TopicWriter {
  readonly table: LakeTable
  readonly topic: string
  readonly #parts: Parts
  #keys: KnownKeys
  readonly #tail: LogTail

  constructor(table: LakeTable, parts: Parts) {
    if (!table.topic) throw new TypeError(`${table.name} is made from no topic`)
    this.table = table
    this.topic = table.topic.name
    this.#parts = parts
    this.#keys = new KnownKeys(table)
    this.#tail = new LogTail(this.topic, parts.events)
  }

  /** Commits what has come, or nothing. */
  async write(): Promise<Written> {
    const { folder, clock } = this.#parts
    const known = await folder.table(this.table)
    const before = known ? readProgress((await known.view()).summary, this.topic) : {}
    const batch = await this.#take(before)
    if (batch.events.length === 0) return nothing
    const now = clock.now()
    const rows: Row[] = []
    const refused: { event: StoredEvent; row: Row }[] = []
    for (const event of batch.events) {
      const read = readEvent(this.table, event, now)
      if ('row' in read) rows.push(read.row)
      else {
        const of = { topic: this.topic, event, reason: read.reason }
        refused.push({ event, row: quarantineRow(quarantine, of, now) })
      }
    }
    if (refused.length > 0) await this.#setAside(refused)
    const table = await folder.ensure(this.table)
    const fresh = await this.#keys.withoutKnown(rows, await table.view())
    const progress = advanced(before, batch.events, rows, fresh)
    try {
      await table.append(fresh, (base) => {
        requireSame(before, base, this.topic)
        return progressSummary(this.topic, progress)
      })
    } catch (error) {
      // What others wrote is not among the keys in memory.
      this.#keys = new KnownKeys(this.table)
      throw error
    }
    this.#keys.add(fresh)
    const times = batch.events.map(({ attributes }) => Date.parse(attributes.time))
    return {
      events: batch.events.length,
      rows: fresh.length,
      quarantined: refused.length,
      duplicates: rows.length - fresh.length,
      oldest: Math.min(...times.filter((time) => !Number.isNaN(time)), now),
      more: batch.more,
    }
  }

  async #take(progress: TopicProgress): Promise<Batch> {
    const events: StoredEvent[] = []
    let characters = 0
    for await (const found of this.#tail.from((partition) => progress[partition]?.next)) {
      events.push(...found)
      for (const { value } of found) characters += value.length
      if (events.length >= maxBatchEvents || characters >= maxBatchCharacters)
        return { events, more: true }
    }
    return { events, more: false }
  }

  async #setAside(refused: readonly { event: StoredEvent; row: Row }[]): Promise<void> {
    const table = await this.#parts.folder.ensure(quarantine)
    const before = readProgress((await table.view()).summary, this.topic)
    const fresh = refused.filter(
      ({ event }) => Number(event.offset) >= (before[event.partition]?.next ?? 0),
    )
    if (fresh.length === 0) return
    const rows = fresh.map(({ row }) => row)
    const progress = advanced(
      before,
      fresh.map(({ event }) => event),
      rows,
      rows,
    )
    await table.append(rows, (base) => {
      requireSame(before, base, this.topic)
      return progressSummary(this.topic, progress)
    })
  }
}

const nothing: Written = Object.freeze({
  events: 0,
  rows: 0,
  quarantined: 0,
  duplicates: 0,
  oldest: null,
  more: false,
})

function requireSame(before: TopicProgress, base: TableView, topic: string): void {
  const now = readProgress(base.summary, topic)
  const isSame = [...new Set([...Object.keys(before), ...Object.keys(now)])].every(
    (partition) => before[partition]?.next === now[partition]?.next,
  )
  if (!isSame) throw new GatewayError(lakeErrors.lake_moved_on)
}

function advanced(
  before: TopicProgress,
  events: readonly StoredEvent[],
  rows: readonly Row[],
  fresh: readonly Row[],
): TopicProgress {
  const ofPartition = (some: readonly Row[]) =>
    Map.groupBy(some, (row) => Number(row['kafka_partition']))
  const read = ofPartition(rows)
  const written = ofPartition(fresh)
  const after: Record<string, Progress> = { ...before }
  for (const [partition, own] of Map.groupBy(events, (event) => event.partition)) {
    const first = Number(own[0]?.offset ?? 0)
    const next = Number(own.at(-1)?.offset ?? 0) + 1
    const known = before[partition] ?? { first, rows: 0, duplicates: 0 }
    const added = written.get(partition)?.length ?? 0
    const repeated = (read.get(partition)?.length ?? 0) - added
    after[partition] = {
      first: known.first,
      next,
      rows: known.rows + added,
      duplicates: known.duplicates + repeated,
    }
  }
  return after
}
