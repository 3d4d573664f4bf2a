import type { LakeTable } from '@sluice/contracts/lake/table'
import { checkpoints, conversations } from '@sluice/contracts/lake/tables'
import type { EventLog } from '@sluice/event-log'
import type { LiveFile } from '@sluice/iceberg/data-file'
import { icebergErrors } from '@sluice/iceberg/errors'
import { matches, type Predicate } from '@sluice/iceberg/predicate'
import type { Row } from '@sluice/iceberg/schema'
import { isGone, type TableView } from '@sluice/iceberg/table-view'
import { GatewayError } from '@sluice/kernel/errors'
import { lakeErrors } from './errors.ts'
import { readEvent } from './event-row.ts'
import { LogTail } from './log-tail.ts'
import type { ReadableTables } from './readable-tables.ts'

export interface Turn {
  readonly id: string
  readonly userId: string
  readonly sessionId: string
  readonly requestId: string
  readonly turn: number
  readonly role: string
  readonly content: string
  /** JSON, as it was told. */
  readonly metadata: string
  /** Unix ms. */
  readonly occurredAt: number
}

export interface SavedCheckpoint {
  readonly id: string
  readonly userId: string
  readonly sequence: number
  readonly kind: string
  /** As it was written. */
  readonly state: string
  /** Unix ms. */
  readonly occurredAt: number
}

/** Whose rows may be seen: of one tenant always, and of these people or keys only, unless null. */
export interface Whose {
  readonly tenantId: string
  readonly userIds: readonly string[] | null
}

export interface TurnPage {
  /** Id of the last turn of the page before. */
  readonly after: string | null
  readonly limit: number
}

export interface LakeReaderOptions {
  /** Null: only what the event log still has. */
  readonly tables: ReadableTables | null
  readonly events: Pick<EventLog, 'read'>
  /** More of the log than this is not read for one question: it is refused, since half of the truth would look like all of it. */
  readonly maxLogEvents: number
}

/**
 * Conversations and checkpoints, however old: what is committed from the tables, what came since from the event log, where the tables say that
 * they end. So nothing is there twice and nothing is missing in between, whatever is committed meanwhile.
 */
export class LakeReader {
  readonly #options: LakeReaderOptions
  readonly #tails = new Map<string, LogTail>()

  constructor(options: LakeReaderOptions) {
    this.#options = options
  }

  /** Turns of one call, in their order. */
  async turnsOf(requestId: string, whose: Whose): Promise<readonly Turn[]> {
    const where = [...own(whose), { column: 'request_id', in: [requestId] }]
    const at = timeOfId(requestId)
    const rows = await this.#all(conversations, where, at === null ? [] : [notBefore(at)])
    return rows.map(asTurn).toSorted((a, b) => a.turn - b.turn)
  }

  /** Turns of a session, the newest call first and its last turn first, from beyond the turn `after`. */
  async session(sessionId: string, whose: Whose, page: TurnPage): Promise<readonly Turn[]> {
    return this.#newest([...own(whose), { column: 'session_id', in: [sessionId] }], page)
  }

  /** Turns of somebody in any session, in the same order. */
  async said(whose: Whose, page: TurnPage): Promise<readonly Turn[]> {
    return this.#newest(own(whose), page)
  }

  /** The newest of a session; null = none. */
  async checkpoint(sessionId: string, whose: Whose): Promise<SavedCheckpoint | null> {
    const where = [...own(whose), { column: 'session_id', in: [sessionId] }]
    const rows = await this.#all(checkpoints, where, [])
    const newest = rows.toSorted((a, b) => Number(a['sequence']) - Number(b['sequence'])).at(-1)
    if (!newest) return null
    return {
      id: String(newest['id']),
      userId: String(newest['user_id']),
      sequence: Number(newest['sequence']),
      kind: String(newest['kind']),
      state: String(newest['state'] ?? ''),
      occurredAt: msOf(newest),
    }
  }

  async #newest(where: readonly Predicate[], { after, limit }: TurnPage): Promise<readonly Turn[]> {
    const isBeyond = (turn: Turn) => after === null || placeOf(turn.id) < placeOf(after)
    return this.#repeated(async () => {
      const { view, hot } = await this.#open(conversations, where)
      const found = new Map(
        hot
          .map(asTurn)
          .filter(isBeyond)
          .map((turn) => [turn.id, turn]),
      )
      const page = () =>
        [...found.values()]
          .toSorted((a, b) => (placeOf(a.id) < placeOf(b.id) ? 1 : -1))
          .slice(0, limit)
      const files = view ? await view.plan(where) : []
      for (const [day, ofDay] of daysOf(files)) {
        const last = page().at(limit - 1)
        // Nothing of this day or before it was asked after what the page has: a turn is not told before its call.
        if (last && (timeOfId(last.requestId) ?? 0) >= (day + 1) * 86_400_000) break
        for (const live of ofDay) {
          const rows = (await view?.read(live, { where })) ?? []
          for (const turn of rows.map(asTurn).filter(isBeyond)) found.set(turn.id, turn)
        }
      }
      return page()
    })
  }

  async #all(
    table: LakeTable,
    where: readonly Predicate[],
    pruning: readonly Predicate[],
  ): Promise<readonly Row[]> {
    return this.#repeated(async () => {
      const { view, hot } = await this.#open(table, where)
      const rows = new Map(hot.map((row) => [row[table.key], row]))
      if (view) {
        for await (const row of view.rows({ where: [...where, ...pruning] }))
          rows.set(row[table.key], row)
      }
      return [...rows.values()]
    })
  }

  /** A table as it is at one moment, and what the log has beyond it. */
  async #open(
    table: LakeTable,
    where: readonly Predicate[],
  ): Promise<{ readonly view: TableView | null; readonly hot: readonly Row[] }> {
    const found = (await this.#options.tables?.open(table)) ?? null
    const tail = this.#tailOf(table)
    const bound = { left: this.#options.maxLogEvents }
    const partitions = await tail.partitions()
    const hot = await Promise.all(
      partitions.map(async (partition) => {
        const rows: Row[] = []
        for await (const events of tail.of(partition, found?.next(partition))) {
          bound.left -= events.length
          if (bound.left < 0) throw new GatewayError(lakeErrors.lake_behind)
          for (const event of events) {
            const read = readEvent(table, event, 0)
            if ('row' in read && matches(read.row, where)) rows.push(read.row)
          }
        }
        return rows
      }),
    )
    return { view: found?.view ?? null, hot: hot.flat() }
  }

  #tailOf({ topic }: LakeTable): LogTail {
    const name = topic?.name ?? ''
    const tail = this.#tails.get(name) ?? new LogTail(name, this.#options.events)
    this.#tails.set(name, tail)
    return tail
  }

  /** A snapshot may be dropped while it is read: the next one has what it had. */
  async #repeated<Result>(read: () => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await read()
      } catch (error) {
        if (isGone(error) && attempt < 3) continue
        // What the event log alone has would be taken for all that there is.
        if (isOfDisk(error))
          throw new GatewayError(lakeErrors.lake_unreadable, undefined, { cause: error })
        if (GatewayError.is(error) && error.code === icebergErrors.storage_unsupported.code)
          throw new GatewayError(lakeErrors.lake_elsewhere, error.message)
        throw error
      }
    }
  }
}

function isOfDisk(error: unknown): boolean {
  return Error.isError(error) && 'syscall' in error
}

function own({ tenantId, userIds }: Whose): Predicate[] {
  const tenant = { column: 'tenant_id', in: [tenantId] }
  return userIds === null ? [tenant] : [tenant, { column: 'user_id', in: userIds }]
}

/** By the clocks of two processes. */
const skewMs = 60_000

function notBefore(ms: number): Predicate {
  return { column: 'timestamp', from: BigInt(ms - skewMs) * 1_000n }
}

/** Newest day first. */
function daysOf(files: readonly LiveFile[]): [number, readonly LiveFile[]][] {
  const days = Map.groupBy(files, ({ file }) => Number(file.partition[0]))
  return [...days].toSorted(([a], [b]) => b - a)
}

/** UUIDv7: when it was made, Unix ms. Null: it is none, and tells no time. */
function timeOfId(id: string): number | null {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(id)) return null
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}

/** Of `<request id>:<turn>`: texts in the order of their places. */
function placeOf(id: string): string {
  const [request = '', turn = ''] = id.split(':')
  return `${request}:${turn.padStart(8, '0')}`
}

function asTurn(row: Row): Turn {
  return {
    id: String(row['id']),
    userId: String(row['user_id']),
    sessionId: String(row['session_id']),
    requestId: String(row['request_id']),
    turn: Number(row['turn']),
    role: String(row['role']),
    content: String(row['content'] ?? ''),
    metadata: String(row['metadata'] ?? '{}'),
    occurredAt: msOf(row),
  }
}

function msOf(row: Row): number {
  return Number((row['timestamp'] as bigint) / 1_000n)
}
