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
import { PostgresOutbox } from './postgres-outbox.ts'

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
  return new PostgresUsageStore(database, events)
}

/** What stores or publishes the events of these records, in the transaction that writes their rows. */
type Announce = (added: readonly UsageRecord[]) => Promise<readonly Statement[]>

/** Bills come mixed, and their outbox leads to everybody. */
const asUsage: As = { service: 'usage' }

class PostgresUsageStore implements UsageStore {
  readonly #database: Database
  readonly #outbox: PostgresOutbox
  /** Ids of prices that are stored: nobody removes one. */
  readonly #prices = new Set<number>()

  constructor(database: Database, events: EventLog | undefined) {
    this.#database = database
    this.#outbox = new PostgresOutbox(database, 'usage', events)
  }

  async record(
    records: readonly UsageRecord[],
    facts: (added: readonly UsageRecord[]) => readonly OutboxBatch[],
  ): Promise<number> {
    if (records.length === 0) return 0
    const direct = await this.#outbox.directTopics(facts([]).map(({ topic }) => topic))
    const announce: Announce = (added) => this.#outbox.statementsOf(facts(added), direct)
    const prices = newPrices(records, this.#prices)
    try {
      const added =
        (await this.#load(records, prices, announce)) ??
        (await this.#insert(records, prices, announce))
      for (const id of prices.keys()) this.#prices.add(id)
      if (added > 0) this.#outbox.wake(direct)
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
    const direct = await this.#outbox.directTopics([topic])
    const told = await this.#database.transaction(async (transaction) => {
      const added = await insertNotices(transaction, notices)
      if (added.length === 0) return []
      const batch = { topic, events: added.map(toEvent) }
      const statements = await this.#outbox.statementsOf([batch], direct)
      for (const { text, values } of statements) await transaction.query(text, values)
      return added
    }, asUsage)
    this.#outbox.wake(direct)
    return told
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

  async turnAlert(
    { name, isOn, at }: { readonly name: string; readonly isOn: boolean; readonly at: number },
    topic: string,
    toEvent: (since: number) => NewEvent,
  ): Promise<boolean> {
    const direct = await this.#outbox.directTopics([topic])
    const isNews = await this.#database.transaction(async (transaction) => {
      const { rows } = await transaction.query<{ since: number }>(
        isOn
          ? 'INSERT INTO usage.alerts (name, since) VALUES ($1, $2::bigint) ON CONFLICT DO NOTHING RETURNING since'
          : 'DELETE FROM usage.alerts WHERE name = $1 RETURNING since',
        isOn ? [name, at] : [name],
      )
      const [row] = rows
      if (!row) return false
      const batch = { topic, events: [toEvent(row.since)] }
      const statements = await this.#outbox.statementsOf([batch], direct)
      for (const { text, values } of statements) await transaction.query(text, values)
      return true
    }, asUsage)
    this.#outbox.wake(direct)
    return isNews
  }

  waiting(): Promise<readonly string[]> {
    return this.#outbox.waiting()
  }

  relay(...asked: Parameters<UsageStore['relay']>): Promise<number> {
    return this.#outbox.relay(...asked)
  }

  put(batches: readonly OutboxBatch[]): Promise<void> {
    return this.#outbox.put(batches)
  }

  backlog(): Promise<number> {
    return this.#outbox.backlog()
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
}

/** SQLSTATE classes 22 (a value its type cannot hold) and 23 (a constraint): the records are at fault, not the database. */
function valuesRefused(thrown: unknown): GatewayError | null {
  const state = sqlStateOf(thrown)
  if (!state?.startsWith('22') && !state?.startsWith('23')) return null
  return new GatewayError(storeErrors.values_refused, messageOf(thrown), { cause: thrown })
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
