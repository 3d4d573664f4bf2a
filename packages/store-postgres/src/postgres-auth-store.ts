import { Caller } from '@sluice/contracts/caller'
import type { IdentityChanged } from '@sluice/contracts/topics/identity-changed'
import type { AuthStore, NewKey, StoredKey } from '@sluice/store/auth-store'
import type { Database, Queryable, Transaction } from './database.ts'
import { migrate } from './migrate.ts'
import { authMigrations } from './migrations/auth-migrations.ts'

/** The `auth` schema on Postgres or PGlite. Brings the schema up to date first. */
export async function createPostgresAuthStore(database: Database): Promise<AuthStore> {
  await migrate(database, authMigrations)
  return new PostgresAuthStore(database)
}

interface KeyRow {
  readonly id: string
  readonly tenant_id: string
  readonly project_id: string
  readonly name: string
  readonly credential_hash: string
  readonly models: string | null
  readonly origin: NewKey['origin']
  readonly created_at: number
  readonly expires_at: number | null
  readonly revoked_at: number | null
}

const columns = `id, tenant_id, project_id, name, credential_hash, models::text AS models, origin, created_at, expires_at, revoked_at`

class PostgresAuthStore implements AuthStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async ensureProject(tenantId: string, projectId: string): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      const tenant = await transaction.query(
        'INSERT INTO auth.tenants (id) VALUES ($1) ON CONFLICT DO NOTHING',
        [tenantId],
      )
      const project = await transaction.query(
        'INSERT INTO auth.projects (tenant_id, id) VALUES ($1, $2) ON CONFLICT DO NOTHING',
        [tenantId, projectId],
      )
      if (tenant.count + project.count > 0) await raiseRevision(transaction)
    })
  }

  async findKey(credentialHash: string): Promise<StoredKey | null> {
    const { rows } = await this.#database.query<KeyRow>(
      `SELECT ${columns} FROM auth.keys WHERE credential_hash = $1
       ORDER BY revoked_at DESC NULLS FIRST LIMIT 1`,
      [credentialHash],
    )
    return rows[0] ? toStoredKey(rows[0]) : null
  }

  async saveKey(key: NewKey): Promise<IdentityChanged | null> {
    const { keyId, tenantId, projectId, keyName, models } = key.caller
    return this.#database.transaction(async (transaction) => {
      // Two replicas that save the same new key meet on the index of credentials, too, and that one has no ON CONFLICT.
      await transaction.query('LOCK TABLE auth.keys IN SHARE ROW EXCLUSIVE MODE')
      const { rows } = await transaction.query<{ is_new: boolean }>(
        // xmax is 0 on a row that this statement inserted. The condition keeps a save that changes nothing from counting as a change.
        `INSERT INTO auth.keys AS old
           (id, tenant_id, project_id, name, credential_hash, models, origin, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9)
         ON CONFLICT (id) DO UPDATE SET
           tenant_id = excluded.tenant_id, project_id = excluded.project_id, name = excluded.name,
           credential_hash = excluded.credential_hash, models = excluded.models, origin = excluded.origin,
           expires_at = excluded.expires_at, revoked_at = NULL
         WHERE (old.tenant_id, old.project_id, old.name, old.credential_hash, old.models, old.origin, old.expires_at, old.revoked_at)
           IS DISTINCT FROM
           (excluded.tenant_id, excluded.project_id, excluded.name, excluded.credential_hash, excluded.models, excluded.origin, excluded.expires_at, NULL)
         RETURNING xmax = 0 AS is_new`,
        [
          keyId,
          tenantId,
          projectId,
          keyName,
          key.credentialHash,
          models && JSON.stringify(models),
          key.origin,
          key.createdAt,
          key.expiresAt,
        ],
      )
      const [saved] = rows
      if (!saved) return null
      return changed(transaction, keyId, saved.is_new ? 'created' : 'changed', key.createdAt)
    })
  }

  async revokeKey(keyId: string, at: number): Promise<IdentityChanged | null> {
    return this.#database.transaction(async (transaction) => {
      const { count } = await transaction.query(
        'UPDATE auth.keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL',
        [keyId, at],
      )
      return count === 0 ? null : changed(transaction, keyId, 'revoked', at)
    })
  }

  async listFileKeys(): Promise<readonly string[]> {
    const { rows } = await this.#database.query<{ id: string }>(
      `SELECT id FROM auth.keys WHERE origin = 'file' AND revoked_at IS NULL ORDER BY id`,
    )
    return rows.map(({ id }) => id)
  }

  async revision(): Promise<number> {
    const { rows } = await this.#database.query<{ value: number }>(
      'SELECT value FROM auth.revision',
    )
    return onlyValue(rows)
  }
}

async function changed(
  transaction: Transaction,
  id: string,
  change: IdentityChanged['change'],
  at: number,
): Promise<IdentityChanged> {
  return { entity: 'key', id, change, revision: await raiseRevision(transaction), at }
}

async function raiseRevision(transaction: Queryable): Promise<number> {
  const { rows } = await transaction.query<{ value: number }>(
    'UPDATE auth.revision SET value = value + 1 RETURNING value',
  )
  return onlyValue(rows)
}

function onlyValue([row]: readonly { readonly value: number }[]): number {
  if (!row) throw new Error('auth.revision has lost its row')
  return row.value
}

function toStoredKey(row: KeyRow): StoredKey {
  return {
    caller: Caller.parse({
      tenantId: row.tenant_id,
      projectId: row.project_id,
      keyId: row.id,
      keyName: row.name,
      models: row.models === null ? null : (JSON.parse(row.models) as unknown),
    }),
    credentialHash: row.credential_hash,
    origin: row.origin,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  }
}
