import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { BudgetThresholdReached } from '@sluice/contracts/topics/budget-threshold-reached'
import type { Price } from '@sluice/contracts/price'
import type { EventLog, NewEvent } from '@sluice/event-log'
import { GatewayError, messageOf } from '@sluice/kernel/errors'
import { storeErrors } from '@sluice/store/errors'
import type { OutboxBatch, UsageStore } from '@sluice/store/usage-store'
import {
  type As,
  type Database,
  sqlStateOf,
  type Statement,
  type Transaction,
  uniqueViolation,
} from './database.ts'
import { DatabaseEventLog } from './database-event-log.ts'
import {
  insertNewRows,
  insertPrices,
  ledgerTable,
  newPrices,
  otherCalls,
  toColumns,
  toCopyRows,
} from './ledger-rows.ts'
import { migrate } from './migrate.ts'
import { usageMigrations } from './migrations/usage-migrations.ts'
import { decodeEvents, encodeEvents } from './record-batch.ts'

export interface PostgresUsageStoreOptions {
  /**
   * Where the outbox leads to. A log in the same database needs no outbox: its batch is written in the transaction of the ledger rows, and
   * the relay finds nothing to do.
   */
  readonly events?: EventLog
}

/** The `usage` schema on Postgres or PGlite. Brings the schema up to date first. */
export async function createPostgresUsageStore(
  database: Database,
  { events }: PostgresUsageStoreOptions = {},
): Promise<UsageStore> {
  await migrate(database, usageMigrations)
  const log = events instanceof DatabaseEventLog && events.isIn(database) ? events : null
  return new PostgresUsageStore(database, log)
}

/** What stores or publishes the events of these records, in the transaction that writes their rows. */
type Announce = (added: readonly UsageRecord[]) => Promise<readonly Statement[]>

/** Bills come mixed, and their outbox leads to everybody. */
const asUsage: As = { service: 'usage' }

/** After this a batch whose relay died is taken up by another. Longer than any publisher waits. */
const claimSeconds = 60

interface OutboxRow {
  readonly id: number
  readonly topic: string
  readonly events: number
  readonly records: Uint8Array
}

class PostgresUsageStore implements UsageStore {
  readonly #database: Database
  readonly #log: DatabaseEventLog | null
  /** Nobody but this process fills the outbox of an embedded database, and with a log beside it this process does not either. */
  #outboxIsEmpty = false
  /** Ids of prices that are stored: nobody removes one. */
  readonly #prices = new Set<number>()

  constructor(database: Database, log: DatabaseEventLog | null) {
    this.#database = database
    this.#log = log
  }

  async record(
    records: readonly UsageRecord[],
    facts: (added: readonly UsageRecord[]) => readonly OutboxBatch[],
  ): Promise<number> {
    if (records.length === 0) return 0
    let woken: readonly string[] = []
    const announce: Announce = async (added) => {
      const { statements, direct } = await this.#statementsOf(facts(added))
      woken = direct
      return statements
    }
    const prices = newPrices(records, this.#prices)
    try {
      const added =
        (await this.#load(records, prices, announce)) ??
        (await this.#insert(records, prices, announce))
      for (const id of prices.keys()) this.#prices.add(id)
      if (added > 0) for (const topic of woken) this.#log?.wake(topic)
      return added
    } catch (thrown) {
      throw valuesRefused(thrown) ?? thrown
    }
  }

  async notify(
    notices: readonly BudgetThresholdReached[],
    topic: string,
    toEvent: (notice: BudgetThresholdReached) => NewEvent,
  ): Promise<readonly BudgetThresholdReached[]> {
    if (notices.length === 0) return []
    this.#outboxIsEmpty = false
    return this.#database.transaction(async (transaction) => {
      const added = await insertNotices(transaction, notices)
      if (added.length === 0) return []
      const { text, values } = await outboxBatch(topic, added.map(toEvent))
      await transaction.query(text, values)
      return added
    }, asUsage)
  }

  async reached(tenantId: string, budgetId: string, startsAt: number): Promise<readonly number[]> {
    const { rows } = await this.#database.query<{ threshold: string }>(
      `SELECT threshold::text AS threshold FROM usage.budget_notices
       WHERE tenant_id = $1 AND budget_id = $2 AND starts_at = $3::bigint ORDER BY budget_notices.threshold`,
      [tenantId, budgetId, startsAt],
      { tenant: tenantId },
    )
    return rows.map(({ threshold }) => Number(threshold))
  }

  async relay(limit: number, publish: (batch: OutboxBatch) => Promise<void>): Promise<number> {
    if (this.#outboxIsEmpty) return 0
    const rows = await this.#claim(limit)
    this.#outboxIsEmpty =
      rows.length === 0 && this.#log !== null && this.#database.adapter === 'pglite'
    const claimed = new Set(rows.map(({ id }) => id))
    let published = 0
    try {
      for (const { id, topic, events, records } of rows) {
        await publish({ topic, events: await decodeEvents(records) })
        await this.#database.query('DELETE FROM usage.outbox WHERE id = $1', [id], asUsage)
        claimed.delete(id)
        published += events
      }
      return published
    } finally {
      if (claimed.size > 0) await this.#release([...claimed])
    }
  }

  async backlog(): Promise<number> {
    const { rows } = await this.#database.query<{ events: number }>(
      'SELECT coalesce(sum(events), 0)::bigint AS events FROM usage.outbox',
      [],
      asUsage,
    )
    return rows[0]?.events ?? 0
  }

  /** What stores these batches; `direct`: topics whose events are published by it. In order of the topics, as every publisher takes them. */
  async #statementsOf(
    batches: readonly OutboxBatch[],
  ): Promise<{ statements: readonly Statement[]; direct: readonly string[] }> {
    const statements: Statement[] = []
    const direct: string[] = []
    for (const { topic, events } of batches.toSorted((a, b) => (a.topic < b.topic ? -1 : 1))) {
      if (events.length === 0) continue
      // A topic that nobody created yet must not keep bills from being written: its events wait in the outbox.
      if (this.#log && (await this.#log.has(topic))) {
        statements.push(...(await this.#log.publishing(topic, events)))
        direct.push(topic)
      } else {
        this.#outboxIsEmpty = false
        statements.push(await outboxBatch(topic, events))
      }
    }
    return { statements, direct }
  }

  /** Taking all records for new ones. Null where that does not pay, or when one came a second time: rare, and then the other way finds out which. */
  async #load(
    records: readonly UsageRecord[],
    prices: ReadonlyMap<number, Price>,
    announce: Announce,
  ): Promise<number | null> {
    const { load } = this.#database
    if (!load) return null
    try {
      const statements = [
        ...insertPrices(prices),
        ...otherCalls(records, []),
        ...(await announce(records)),
      ]
      await load({ into: ledgerTable, rows: toCopyRows(records) }, statements)
      return records.length
    } catch (thrown) {
      if (sqlStateOf(thrown) === uniqueViolation) return null
      throw thrown
    }
  }

  #insert(
    records: readonly UsageRecord[],
    prices: ReadonlyMap<number, Price>,
    announce: Announce,
  ): Promise<number> {
    return this.#database.transaction(async (transaction) => {
      const { added, refused } = await insertNew(transaction, records)
      const statements = [...insertPrices(prices), ...otherCalls(added, refused)]
      if (added.length > 0) statements.push(...(await announce(added)))
      for (const { text, values } of statements) await transaction.query(text, values)
      return added.length
    }, asUsage)
  }

  /** A claim is a time in the row, not an open transaction: publishing may take long, and PGlite has one connection for everybody. */
  async #claim(limit: number): Promise<readonly OutboxRow[]> {
    const { rows } = await this.#database.query<OutboxRow>(
      `UPDATE usage.outbox SET claimed_until = clock_timestamp() + make_interval(secs => $2)
       WHERE id IN (
         SELECT id FROM usage.outbox WHERE claimed_until < clock_timestamp() ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED
       )
       RETURNING id, topic, events, records`,
      [limit, claimSeconds],
      asUsage,
    )
    return rows.toSorted((a, b) => a.id - b.id)
  }

  async #release(ids: readonly number[]): Promise<void> {
    try {
      await this.#database.query(
        `UPDATE usage.outbox SET claimed_until = '-infinity' WHERE id = ANY ($1::bigint[])`,
        [ids],
        asUsage,
      )
    } catch {
      // The claim runs out by itself, and what went wrong before is on its way to the caller.
    }
  }
}

/** SQLSTATE classes 22 (a value its type cannot hold) and 23 (a constraint): the records are at fault, not the database. */
function valuesRefused(thrown: unknown): GatewayError | null {
  const state = sqlStateOf(thrown)
  if (!state?.startsWith('22') && !state?.startsWith('23')) return null
  return new GatewayError(storeErrors.values_refused, messageOf(thrown), { cause: thrown })
}

async function outboxBatch(topic: string, events: readonly NewEvent[]): Promise<Statement> {
  const text = 'INSERT INTO usage.outbox (topic, events, records) VALUES ($1, $2, $3)'
  return { text, values: [topic, events.length, await encodeEvents(events)] }
}

/** In order of the key, so that two processes wait for each other instead of blocking each other. */
async function insertNotices(
  transaction: Transaction,
  notices: readonly BudgetThresholdReached[],
): Promise<readonly BudgetThresholdReached[]> {
  const place = (notice: BudgetThresholdReached) =>
    JSON.stringify([notice.tenant_id, notice.budget_id, notice.starts_at, notice.threshold])
  const added: BudgetThresholdReached[] = []
  for (const notice of notices.toSorted((a, b) => (place(a) < place(b) ? -1 : 1))) {
    const { tenant_id, budget_id, starts_at, threshold, at } = notice
    const { count } = await transaction.query(
      `INSERT INTO usage.budget_notices (tenant_id, budget_id, starts_at, threshold, told_at)
       VALUES ($1, $2, $3::bigint, $4::double precision, $5::bigint) ON CONFLICT DO NOTHING`,
      [tenant_id, budget_id, starts_at, threshold, at],
    )
    if (count > 0) added.push(notice)
  }
  return added
}

async function insertNew(
  transaction: Transaction,
  records: readonly UsageRecord[],
): Promise<{ added: UsageRecord[]; refused: UsageRecord[] }> {
  // In order of the id, so that two processes with the same records wait for each other instead of blocking each other.
  const ordered = records.toSorted((a, b) => (a.request_id < b.request_id ? -1 : 1))
  const { rows } = await transaction.query<{ request_id: string }>(
    insertNewRows,
    toColumns(ordered),
  )
  const ids = new Set<string>(rows.map((row) => row.request_id))
  const added: UsageRecord[] = []
  const refused: UsageRecord[] = []
  for (const record of records) (ids.delete(record.request_id) ? added : refused).push(record)
  return { added, refused }
}
