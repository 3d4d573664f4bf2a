import type { Database, Transaction } from './database.ts'
import { ensureRoles } from './roles.ts'
import { lowerWall, raiseWall, type Wall } from './wall.ts'

/** One numbered step of one schema. Names inside the SQL carry the schema; no step touches another schema. */
export interface Migration {
  /** 1, 2, 3 … in the order of the list. */
  readonly id: number
  readonly name: string
  readonly up: string
  readonly down: string
}

export interface SchemaMigrations {
  /** Also the Postgres schema. */
  readonly schema: string
  readonly migrations: readonly Migration[]
  /** What differs from the rule: rows with a `tenant_id` are that tenant's, all others are no tenant's business. */
  readonly wall?: Wall
}

/** Any fixed number of our own: all processes that migrate wait for each other. */
const advisoryLock = 7_285_134_990

/**
 * Brings a schema up to date. Safe to run by several processes at once: one applies, the others wait and find nothing to do. Steps that this
 * version does not know are left alone: during a rolling update the older replica meets the newer schema.
 */
export async function migrate(
  database: Database,
  { schema, migrations, wall }: SchemaMigrations,
): Promise<void> {
  await database.transaction(async (transaction) => {
    const applied = await prepare(transaction, schema)
    await ensureRoles(transaction, database.adapter === 'pglite')
    const missing = migrations.filter(({ id }) => !applied.includes(id))
    if (missing.length > 0) await lowerWall(transaction, schema)
    for (const { id, name, up } of missing) {
      await transaction.script(up)
      await transaction.query(`INSERT INTO ${schema}.migrations (id, name) VALUES ($1, $2)`, [
        id,
        name,
      ])
    }
    await raiseWall(transaction, schema, wall)
  })
}

/** Undoes every step after `target` (0 = all), the last first. The data in what is dropped goes with it. */
export async function migrateDown(
  database: Database,
  { schema, migrations, wall }: SchemaMigrations,
  target: number,
): Promise<void> {
  await database.transaction(async (transaction) => {
    const applied = await prepare(transaction, schema)
    await lowerWall(transaction, schema)
    for (const { id, down } of migrations.toReversed()) {
      if (id <= target || !applied.includes(id)) continue
      await transaction.script(down)
      await transaction.query(`DELETE FROM ${schema}.migrations WHERE id = $1`, [id])
    }
    await raiseWall(transaction, schema, wall)
  })
}

export interface AppliedMigration {
  readonly id: number
  readonly name: string
  /** RFC 3339, UTC. */
  readonly applied_at: string
}

/** What a schema has been through, the oldest first; nothing where it is not there. Changes nothing. */
export async function appliedMigrations(
  database: Database,
  schema: string,
): Promise<AppliedMigration[]> {
  const table = await database.query<{ oid: string | null }>(
    'SELECT to_regclass($1)::text AS oid',
    [`${schema}.migrations`],
  )
  if (table.rows[0]?.oid == null) return []
  const { rows } = await database.query<AppliedMigration>(
    `SELECT id, name, to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS applied_at
     FROM ${schema}.migrations ORDER BY id`,
  )
  return [...rows]
}

/** Waits for its turn, makes sure there is a place to remember steps in, and returns what was applied. */
async function prepare(transaction: Transaction, schema: string): Promise<number[]> {
  await transaction.query('SELECT pg_advisory_xact_lock($1::bigint)', [advisoryLock])
  // Looked up by query: IF NOT EXISTS answers from a cache that may not have heard of what the process before us has just committed.
  const found = await transaction.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema])
  if (found.count === 0) await transaction.script(`CREATE SCHEMA ${schema}`)
  await transaction.script(
    `CREATE TABLE IF NOT EXISTS ${schema}.migrations (
       id integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
     )`,
  )
  const { rows } = await transaction.query<{ id: number }>(`SELECT id FROM ${schema}.migrations`)
  return rows.map(({ id }) => id)
}
