import { StoredRows } from '@sluice/contracts/rows/stored-rows'
import type { EventLog } from '@sluice/event-log'
import type { OutboxBatch } from '@sluice/store/outbox'
import type { EndedLeases, ProviderStore, Revised, RowChange } from '@sluice/store/provider-store'
import type { Database, Transaction } from './database.ts'
import { migrate } from './migrate.ts'
import { routerMigrations } from './migrations/router-migrations.ts'
import { PostgresOutbox } from './postgres-outbox.ts'

/** The `router` schema on Postgres or PGlite. Brings it up to date first. */
export async function createPostgresProviderStore(
  database: Database,
  { events }: { readonly events?: EventLog } = {},
): Promise<ProviderStore> {
  await migrate(database, routerMigrations)
  return new PostgresProviderStore(database, events)
}

/** Rows of all tenants are read together, and a change is checked against all of them. */
const as = { service: 'router' } as const

const everybody = '*'
const tables = { provider: 'providers', model: 'models', alias: 'aliases' } as const

interface Row {
  readonly tenant_id: string
  readonly name: string
  readonly row: string
  readonly updated_at: number
}
interface ProviderRow extends Row {
  readonly sealed: string | null
  readonly masked: string | null
  readonly lease_ends_at: number | null
}

class PostgresProviderStore implements ProviderStore {
  readonly #database: Database
  readonly outbox: PostgresOutbox

  constructor(database: Database, events: EventLog | undefined) {
    this.#database = database
    this.outbox = new PostgresOutbox(database, 'router', events)
  }

  async read(): Promise<Revised<StoredRows>> {
    return this.#database.transaction(async (transaction) => {
      // Held to the end of the reading: what is read is of this revision.
      const revision = await lockRevision(transaction, 'SHARE')
      const all = <Found>(columns: string, table: string) =>
        transaction
          .query<Found>(
            `SELECT tenant_id, name, "row"::text AS "row", updated_at${columns} FROM router.${table} ORDER BY tenant_id, name`,
          )
          .then(({ rows }) => rows)
      const providers = await all<ProviderRow>(
        ', sealed, masked::text AS masked, lease_ends_at',
        'providers',
      )
      const models = await all<Row>('', 'models')
      const aliases = await all<Row>('', 'aliases')
      const value = StoredRows.parse({
        providers: providers.map((row) => ({
          ...common(row),
          auth: row.sealed === null ? null : { sealed: row.sealed, masked: json(row.masked) },
          leaseEndsAt: row.lease_ends_at,
        })),
        models: models.map(common),
        aliases: aliases.map((row) => ({ ...common(row), name: row.name })),
      })
      return { revision, value }
    }, as)
  }

  async revision(): Promise<number> {
    const { rows } = await this.#database.query<{ value: number }>(
      'SELECT value FROM router.revision',
      [],
      as,
    )
    return onlyValue(rows)
  }

  async write(
    changes: readonly RowChange[],
    revision: number,
    facts: readonly OutboxBatch[] = [],
  ): Promise<number | null> {
    const direct = await this.outbox.directTopics(facts.map(({ topic }) => topic))
    const statements = await this.outbox.statementsOf(facts, direct)
    const written = await this.#database.transaction(async (transaction) => {
      if ((await lockRevision(transaction, 'UPDATE')) !== revision) return null
      for (const change of changes) await apply(transaction, change)
      for (const { text, values } of statements) await transaction.query(text, values)
      return raiseRevision(transaction)
    }, as)
    this.outbox.wake(direct)
    return written
  }

  async renewLease(tenant: string | null, name: string, endsAt: number): Promise<boolean> {
    const { count } = await this.#database.query(
      `UPDATE router.providers SET lease_ends_at = $3::bigint
       WHERE tenant_id = $1 AND name = $2 AND lease_ends_at IS NOT NULL`,
      [tenant ?? everybody, name, endsAt],
      as,
    )
    return count > 0
  }

  async endLeases(
    now: number,
    facts?: (removed: EndedLeases['removed'], revision: number) => readonly OutboxBatch[],
  ): Promise<EndedLeases> {
    // Asked first: most of the time nothing ends, and nobody's change has to wait for it.
    const { rows } = await this.#database.query<{ ends_at: number | null }>(
      'SELECT min(lease_ends_at) AS ends_at FROM router.providers WHERE lease_ends_at IS NOT NULL',
      [],
      as,
    )
    const next = rows[0]?.ends_at ?? null
    if (next === null || next > now) return { removed: [], nextEndsAt: next }
    const direct = await this.outbox.directTopics(facts?.([], 0).map(({ topic }) => topic) ?? [])
    const ended = await this.#database.transaction(async (transaction) => {
      const { revision, ...found } = await endLeases(transaction, now)
      const batches = revision === null ? [] : (facts?.(found.removed, revision) ?? [])
      for (const { text, values } of await this.outbox.statementsOf(batches, direct))
        await transaction.query(text, values)
      return found
    }, as)
    this.outbox.wake(direct)
    return ended
  }
}

/** `revision`: the new one; null = nothing was removed. */
async function endLeases(
  transaction: Transaction,
  now: number,
): Promise<EndedLeases & { readonly revision: number | null }> {
  await lockRevision(transaction, 'UPDATE')
  const { rows } = await transaction.query<{ tenant_id: string; name: string }>(
    'SELECT tenant_id, name FROM router.providers WHERE lease_ends_at <= $1::bigint FOR UPDATE',
    [now],
  )
  const removed = rows.map((row) => ({ tenant: tenantOf(row), name: row.name }))
  for (const each of removed) await apply(transaction, { remove: 'provider', ...each })
  const revision = removed.length > 0 ? await raiseRevision(transaction) : null
  const left = await transaction.query<{ ends_at: number | null }>(
    'SELECT min(lease_ends_at) AS ends_at FROM router.providers',
  )
  return { removed, nextEndsAt: left.rows[0]?.ends_at ?? null, revision }
}

async function apply(transaction: Transaction, change: RowChange): Promise<void> {
  if ('remove' in change) {
    const place = [change.tenant ?? everybody, change.name]
    const table = tables[change.remove]
    await transaction.query(`DELETE FROM router.${table} WHERE tenant_id = $1 AND name = $2`, place)
    if (change.remove === 'provider') {
      await transaction.query(
        `DELETE FROM router.models WHERE tenant_id = $1 AND "row"->>'provider' = $2`,
        place,
      )
    }
    return
  }
  const { tenant, updatedAt, row } = change.row
  const name = change.put === 'alias' ? change.row.name : change.row.row.name
  const values = [tenant ?? everybody, name, JSON.stringify(row), updatedAt]
  if (change.put !== 'provider') {
    await transaction.query(
      `INSERT INTO router.${tables[change.put]} (tenant_id, name, "row", updated_at) VALUES ($1, $2, $3::jsonb, $4::bigint)
       ON CONFLICT (tenant_id, name) DO UPDATE SET "row" = excluded."row", updated_at = excluded.updated_at`,
      values,
    )
    return
  }
  const { auth, leaseEndsAt } = change.row
  await transaction.query(
    `INSERT INTO router.providers (tenant_id, name, "row", updated_at, sealed, masked, lease_ends_at)
     VALUES ($1, $2, $3::jsonb, $4::bigint, $5, $6::jsonb, $7::bigint)
     ON CONFLICT (tenant_id, name) DO UPDATE SET "row" = excluded."row", updated_at = excluded.updated_at,
       sealed = excluded.sealed, masked = excluded.masked, lease_ends_at = excluded.lease_ends_at`,
    [...values, auth?.sealed ?? null, auth ? JSON.stringify(auth.masked) : null, leaseEndsAt],
  )
}

async function lockRevision(transaction: Transaction, mode: 'SHARE' | 'UPDATE'): Promise<number> {
  const { rows } = await transaction.query<{ value: number }>(
    `SELECT value FROM router.revision FOR ${mode}`,
  )
  return onlyValue(rows)
}

async function raiseRevision(transaction: Transaction): Promise<number> {
  const { rows } = await transaction.query<{ value: number }>(
    'UPDATE router.revision SET value = value + 1 RETURNING value',
  )
  return onlyValue(rows)
}

function onlyValue([row]: readonly { readonly value: number }[]): number {
  if (!row) throw new Error('router.revision has lost its row')
  return row.value
}

function common(found: Row) {
  return { tenant: tenantOf(found), row: json(found.row), updatedAt: found.updated_at }
}

function tenantOf({ tenant_id }: { readonly tenant_id: string }): string | null {
  return tenant_id === everybody ? null : tenant_id
}

function json(text: string | null): unknown {
  return text === null ? null : (JSON.parse(text) as unknown)
}
