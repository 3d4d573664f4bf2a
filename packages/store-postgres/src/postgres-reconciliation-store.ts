import type {
  BillFacts,
  EventPositions,
  ReconciliationStore,
} from '@sluice/store/reconciliation-store'
import { hourMs, type Period } from '@sluice/store/usage-reports'
import { periodConditions } from './bill-filter.ts'
import type { As, Database } from './database.ts'
import { addToHourly } from './hourly-sums.ts'
import { migrate } from './migrate.ts'
import { usageMigrations } from './migrations/usage-migrations.ts'

/** Part of the `usage` schema on Postgres or PGlite. Brings the schema up to date first. */
export async function createPostgresReconciliationStore(
  database: Database,
): Promise<ReconciliationStore> {
  await migrate(database, usageMigrations)
  return new PostgresReconciliationStore(database)
}

/** The books of all tenants are checked together. */
const asUsage: As = { service: 'usage' }

/** No call runs longer, by far. */
const longestCallMs = 24 * hourMs

const facts = `request_id, state, amount_nano_usd, input_tokens, output_tokens, cached_input_tokens, cache_write_tokens, reasoning_tokens`

class PostgresReconciliationStore implements ReconciliationStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async bills(period: Period, after: string | null, limit: number): Promise<readonly BillFacts[]> {
    const { where, values } = periodConditions(period)
    const beyond = after === null ? '' : ` AND request_id > $${String(values.length + 2)}::uuid`
    const { rows } = await this.#database.query<BillFacts>(
      `SELECT ${facts} FROM usage.customer_ledger WHERE ${where}${beyond}
       ORDER BY request_id LIMIT $${String(values.length + 1)}::integer`,
      [...values, limit, ...(after === null ? [] : [after])],
      asUsage,
    )
    return rows
  }

  async countEnded({ from, to }: Period): Promise<number> {
    // Ids tell when a call began: the range of the key that calls may have begun in which ended in the period.
    const { where, values } = periodConditions({ from: from - longestCallMs, to })
    const { rows } = await this.#database.query<{ bills: number }>(
      `SELECT count(*) AS bills FROM usage.customer_ledger
       WHERE ${where} AND finished_at >= $${String(values.length + 1)} AND finished_at < $${String(values.length + 2)}`,
      [...values, from, to],
      asUsage,
    )
    return rows[0]?.bills ?? 0
  }

  async find(requestIds: readonly string[]): Promise<readonly BillFacts[]> {
    const { rows } = await this.#database.query<BillFacts>(
      `SELECT ${facts} FROM usage.customer_ledger WHERE request_id = ANY ($1::uuid[])`,
      [requestIds],
      asUsage,
    )
    return rows
  }

  async wrongHours(period: Period): Promise<readonly number[]> {
    const { where, values } = periodConditions(period)
    const { rows } = await this.#database.query<{ hour: number }>(
      `SELECT coalesce(billed.hour, summed.hour) AS hour
       FROM (SELECT (accepted_at / 3600000)::integer AS hour, count(*) AS requests, sum(amount_nano_usd) AS amount,
               sum(input_tokens + output_tokens) AS tokens
             FROM usage.customer_ledger WHERE ${where} GROUP BY 1) billed
       FULL JOIN (SELECT hour, sum(requests) AS requests, sum(amount_nano_usd) AS amount, sum(input_tokens + output_tokens) AS tokens
             FROM usage.hourly WHERE hour >= $${String(values.length + 1)}::integer AND hour < $${String(values.length + 2)}::integer
             GROUP BY 1) summed
         ON billed.hour = summed.hour
       WHERE (billed.requests, billed.amount, billed.tokens) IS DISTINCT FROM (summed.requests, summed.amount, summed.tokens)
       ORDER BY 1`,
      [...values, Math.ceil(period.from / hourMs), Math.ceil(period.to / hourMs)],
      asUsage,
    )
    return rows.map(({ hour }) => hour * hourMs)
  }

  async mendHours(hours: readonly number[]): Promise<void> {
    for (const from of hours) {
      const { where, values } = periodConditions({ from, to: from + hourMs })
      await this.#database.transaction(async (transaction) => {
        // Bills of this hour that are stored meanwhile wait: they would be counted by their trigger and here.
        await transaction.query('LOCK TABLE usage.hourly IN SHARE ROW EXCLUSIVE MODE')
        await transaction.query('DELETE FROM usage.hourly WHERE hour = $1::integer', [
          from / hourMs,
        ])
        const source = `(SELECT * FROM usage.customer_ledger WHERE ${where}) bills`
        await transaction.query(addToHourly(source), values)
      }, asUsage)
    }
  }

  async claim(
    day: number,
    { now, holdMs }: { readonly now: number; readonly holdMs: number },
  ): Promise<EventPositions | null> {
    const claimed = await this.#database.query(
      `INSERT INTO usage.reconciliations AS r (day, held_until) VALUES ($1::bigint, $2::bigint)
       ON CONFLICT (day) DO UPDATE SET held_until = excluded.held_until
       WHERE r.positions IS NULL AND r.held_until <= $3::bigint`,
      [day, now + holdMs, now],
      asUsage,
    )
    if (claimed.count === 0) return null
    const { rows } = await this.#database.query<{ positions: string }>(
      `SELECT positions FROM usage.reconciliations WHERE day < $1::bigint AND positions IS NOT NULL
       ORDER BY day DESC LIMIT 1`,
      [day],
      asUsage,
    )
    // We wrote it.
    return rows[0] ? (JSON.parse(rows[0].positions) as EventPositions) : {}
  }

  async finish(day: number, positions: EventPositions): Promise<void> {
    await this.#database.query(
      'UPDATE usage.reconciliations SET positions = $2 WHERE day = $1::bigint',
      [day, JSON.stringify(positions)],
      asUsage,
    )
  }
}
