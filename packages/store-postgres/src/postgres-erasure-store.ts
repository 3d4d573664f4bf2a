import type {
  Erasure,
  ErasureStore,
  NewErasure,
  Removed,
  WaitingForLake,
} from '@sluice/store/erasure-store'
import type { Database } from './database.ts'
import { migrate } from './migrate.ts'
import { authMigrations } from './migrations/auth-migrations.ts'

/** Part of the `auth` schema on Postgres or PGlite. Brings the schema up to date first. */
export async function createPostgresErasureStore(database: Database): Promise<ErasureStore> {
  await migrate(database, authMigrations)
  return new PostgresErasureStore(database)
}

interface ErasureRow extends Removed {
  readonly pseudonym: string
  readonly requested_at: number
  readonly finished_at: number | null
  readonly lake_since: number | null
}

interface WaitingRow {
  readonly tenant_id: string
  readonly user_id: string
  /** JSON. */
  readonly lake_key_ids: string
  readonly lake_since: number
}

class PostgresErasureStore implements ErasureStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async request({ tenantId, userId, pseudonym, requestedAt }: NewErasure): Promise<Erasure> {
    await this.#database.query(
      `INSERT INTO auth.erasures (tenant_id, user_id, pseudonym, requested_at) VALUES ($1, $2, $3, $4::bigint) ON CONFLICT DO NOTHING`,
      [tenantId, userId, pseudonym, requestedAt],
      { tenant: tenantId },
    )
    const erasure = await this.find(tenantId, userId)
    if (!erasure) throw new Error('an erasure that was written is not there')
    return erasure
  }

  async find(tenantId: string, userId: string): Promise<Erasure | null> {
    const { rows } = await this.#database.query<ErasureRow>(
      `SELECT pseudonym, requested_at, finished_at, lake_since, responses, answers, keys, bills FROM auth.erasures
       WHERE tenant_id = $1 AND user_id = $2`,
      [tenantId, userId],
      { tenant: tenantId },
    )
    const [row] = rows
    if (!row) return null
    const { pseudonym, requested_at, finished_at, lake_since, responses, answers, keys, bills } =
      row
    return {
      tenantId,
      userId,
      pseudonym,
      requestedAt: requested_at,
      finishedAt: finished_at,
      waitsForLakeSince: lake_since,
      removed: {
        responses,
        answers,
        keys,
        bills,
      },
    }
  }

  async progress(
    tenantId: string,
    userId: string,
    { responses = 0, answers = 0, keys = 0, bills = 0 }: Partial<Removed>,
    finishedAt: number | null,
  ): Promise<void> {
    await this.#database.query(
      `UPDATE auth.erasures SET responses = responses + $3::integer, answers = answers + $4::integer, keys = keys + $5::integer,
         bills = bills + $6::integer, finished_at = coalesce(finished_at, $7::bigint),
         lake_since = CASE WHEN $7::bigint IS NULL THEN lake_since END,
         lake_key_ids = CASE WHEN $7::bigint IS NULL THEN lake_key_ids END
       WHERE tenant_id = $1 AND user_id = $2`,
      [tenantId, userId, responses, answers, keys, bills, finishedAt],
      { tenant: tenantId },
    )
  }

  async waitForLake(
    tenantId: string,
    userId: string,
    keyIds: readonly string[],
    since: number,
  ): Promise<void> {
    await this.#database.query(
      `UPDATE auth.erasures SET lake_since = coalesce(lake_since, $3::bigint), lake_key_ids = $4::jsonb
       WHERE tenant_id = $1 AND user_id = $2 AND finished_at IS NULL`,
      [tenantId, userId, since, JSON.stringify(keyIds)],
      { tenant: tenantId },
    )
  }

  async waitingForLake(): Promise<readonly WaitingForLake[]> {
    const { rows } = await this.#database.query<WaitingRow>(
      `SELECT tenant_id, user_id, lake_key_ids, lake_since FROM auth.erasures
       WHERE lake_since IS NOT NULL ORDER BY lake_since, tenant_id, user_id`,
      [],
      { service: 'auth' },
    )
    return rows.map(({ tenant_id, user_id, lake_key_ids, lake_since }) => ({
      tenantId: tenant_id,
      userId: user_id,
      keyIds: JSON.parse(lake_key_ids) as readonly string[],
      since: lake_since,
    }))
  }
}
