import { Caller } from '@sluice/contracts/caller'
import type { IdentityChange } from '@sluice/contracts/rpc/auth'
import type { EventLog } from '@sluice/event-log'
import type { AuthStore, KeyChanges, KeyFilter, NewKey, StoredKey } from '@sluice/store/auth-store'
import type { IdentityFact } from '@sluice/store/identity-facts'
import type { Outbox } from '@sluice/store/outbox'
import type { Page, Standing } from '@sluice/store/tenancy'
import { type KeyRow, keyTable } from './auth-tables.ts'
import type { As, Database } from './database.ts'
import { IdentityChanges, type Tell } from './identity-changes.ts'
import { onlyValue, type RevisionRow } from './identity-revision.ts'
import { migrate } from './migrate.ts'
import { authMigrations } from './migrations/auth-migrations.ts'
import { PostgresTenancy, readStanding, toStanding } from './postgres-tenancy.ts'
import type { JsonRow } from './table.ts'

/** The `auth` schema on Postgres or PGlite. Brings the schema up to date first. */
export async function createPostgresAuthStore(
  database: Database,
  { events }: { readonly events?: EventLog } = {},
): Promise<AuthStore & { readonly changes: IdentityChanges }> {
  await migrate(database, authMigrations)
  return new PostgresAuthStore(new IdentityChanges(database, events))
}

/** Keys are looked up before anybody knows whose they are, and a configured key may move from one tenant to another. */
const asAuth: As = { service: 'auth' }

/** What a save decides; the rest comes with use and revocation. */
const saved = keyTable.members.filter((member) => member !== 'revokedAt' && member !== 'lastUsedAt')
/** A save that changes none of these changes nothing. */
const compared = saved.filter((member) => member !== 'id' && member !== 'createdAt')

class PostgresAuthStore extends PostgresTenancy implements AuthStore {
  get outbox(): Outbox {
    return this.changes.outbox
  }

  async ensureProject(tenantId: string, projectId: string, at: number): Promise<void> {
    await this.changes.make(
      async (transaction, tell) => {
        const tenant = await transaction.query(
          'INSERT INTO auth.tenants (id, name) VALUES ($1, $1) ON CONFLICT DO NOTHING',
          [tenantId],
        )
        const project = await transaction.query(
          'INSERT INTO auth.projects (tenant_id, id, name) VALUES ($1, $2, $2) ON CONFLICT DO NOTHING',
          [tenantId, projectId],
        )
        const created = { tenantId, change: 'created', at } as const
        const facts: IdentityFact[] = []
        if (tenant.count > 0) facts.push({ entity: 'tenant', id: tenantId, ...created })
        if (project.count > 0) facts.push({ entity: 'project', id: projectId, ...created })
        if (facts.length > 0) await tell(...facts)
      },
      { tenant: tenantId },
    )
  }

  async findKey(credentialHash: string): Promise<StoredKey | null> {
    const { rows } = await this.database.query<JsonRow>(
      `SELECT row_to_json(k)::text AS row FROM auth.keys k WHERE credential_hash = $1
       ORDER BY revoked_at DESC NULLS FIRST LIMIT 1`,
      [credentialHash],
      asAuth,
    )
    return rows[0] ? toStoredKey(rows[0]) : null
  }

  async saveKey(key: NewKey): Promise<IdentityChange | null> {
    const row = toKeyRow(key)
    const columns = keyTable.columns(compared)
    const old = compared.map((member) => `old.${keyTable.column(member)}`).join(', ')
    const given = compared.map((member) => `excluded.${keyTable.column(member)}`).join(', ')
    return this.changes.make(async (transaction, tell) => {
      // Two replicas that save the same new key meet on the index of credentials, too, and that one has no ON CONFLICT.
      await transaction.query('LOCK TABLE auth.keys IN SHARE ROW EXCLUSIVE MODE')
      const { rows } = await transaction.query<{ is_new: boolean }>(
        // xmax is 0 on a row that this statement inserted. The condition keeps a save that changes nothing from counting as a change.
        `INSERT INTO auth.keys AS old (${keyTable.columns(saved)}) VALUES (${keyTable.places(saved)})
         ON CONFLICT (id) DO UPDATE SET (${columns}, revoked_at) = ROW (${given}, NULL)
         WHERE ROW (${old}, old.revoked_at) IS DISTINCT FROM ROW (${given}, NULL)
         RETURNING xmax = 0 AS is_new`,
        keyTable.values(saved, row),
      )
      const [kept] = rows
      if (!kept) return null
      return changed(tell, row, kept.is_new ? 'created' : 'changed', key.createdAt)
    }, asAuth)
  }

  async changeKey(
    tenantId: string,
    keyId: string,
    { keyName, models, policy, expiresAt }: KeyChanges,
    at: number,
  ): Promise<IdentityChange | null> {
    const members = ['name', 'models', 'policy', 'expiresAt'] as const
    const columns = keyTable.columns(members)
    const places = keyTable.places(members, 3)
    const values = keyTable.values(members, { name: keyName, models, policy, expiresAt })
    return this.changes.make(async (transaction, tell) => {
      const { count } = await transaction.query(
        `UPDATE auth.keys SET (${columns}) = ROW (${places})
         WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL AND ROW (${columns}) IS DISTINCT FROM ROW (${places})`,
        [tenantId, keyId, ...values],
      )
      return count === 0 ? null : changed(tell, { id: keyId, tenantId }, 'changed', at)
    }, asAuth)
  }

  async revokeKey(keyId: string, at: number): Promise<IdentityChange | null> {
    return this.changes.make(async (transaction, tell) => {
      const { rows } = await transaction.query<{ tenant_id: string }>(
        'UPDATE auth.keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING tenant_id',
        [keyId, at],
      )
      const [revoked] = rows
      if (!revoked) return null
      return changed(tell, { id: keyId, tenantId: revoked.tenant_id }, 'revoked', at)
    }, asAuth)
  }

  async revokeKeys(
    tenantId: string,
    keyIds: readonly string[],
    at: number,
    { keepOwner }: { readonly keepOwner: boolean },
  ): Promise<readonly IdentityChange[] | 'last_owner'> {
    return this.changes.make(async (transaction, tell) => {
      // Two owners that revoke each other take turns: the second one is still there, or does not count any more.
      if (keepOwner) {
        await transaction.query('LOCK TABLE auth.keys IN SHARE ROW EXCLUSIVE MODE')
        const { count } = await transaction.query(
          `SELECT id FROM auth.keys WHERE tenant_id = $1 AND NOT id = ANY ($2::text[]) AND policy ->> 'role' = 'owner'
             AND user_id IS NULL AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3::bigint) LIMIT 1`,
          [tenantId, keyIds, at],
        )
        if (count === 0) return 'last_owner'
      }
      const { rows } = await transaction.query<{ id: string }>(
        `UPDATE auth.keys SET revoked_at = $3 WHERE tenant_id = $1 AND id = ANY ($2::text[]) AND revoked_at IS NULL RETURNING id`,
        [tenantId, keyIds, at],
      )
      if (rows.length === 0) return []
      const revoked = rows.map(({ id }) => ({ entity: 'key', id, change: 'revoked', at }) as const)
      const revision = await tell(...revoked.map((fact) => ({ ...fact, tenantId })))
      return revoked.map((fact) => ({ ...fact, revision }))
    }, asAuth)
  }

  async listFileKeys(): Promise<readonly string[]> {
    const { rows } = await this.database.query<{ id: string }>(
      `SELECT id FROM auth.keys WHERE origin = 'file' AND revoked_at IS NULL ORDER BY id`,
      [],
      asAuth,
    )
    return rows.map(({ id }) => id)
  }

  async findKeyById(tenantId: string, keyId: string): Promise<StoredKey | null> {
    const { rows } = await this.database.query<JsonRow>(
      'SELECT row_to_json(k)::text AS row FROM auth.keys k WHERE tenant_id = $1 AND id = $2',
      [tenantId, keyId],
      { tenant: tenantId },
    )
    return rows[0] ? toStoredKey(rows[0]) : null
  }

  async listKeys(
    tenantId: string,
    { projects, ownedBy, madeBy = null }: KeyFilter,
    { limit, after }: Page,
  ): Promise<readonly StoredKey[]> {
    const { rows } = await this.database.query<JsonRow>(
      `SELECT row_to_json(k)::text AS row FROM auth.keys k
       WHERE tenant_id = $1 AND ($2::text IS NULL OR id COLLATE "C" > $2) AND ($3::text[] IS NULL OR project_id = ANY ($3::text[]))
         AND ($4::text IS NULL OR made_by = $4 OR user_id = $5)
         AND ($6::text IS NULL OR coalesce(made_by, user_id) = $6)
       ORDER BY id COLLATE "C" LIMIT $7::bigint`,
      [tenantId, after, projects, ownedBy?.keyId ?? null, ownedBy?.userId ?? null, madeBy, limit],
      { tenant: tenantId },
    )
    return rows.map(toStoredKey)
  }

  async noteUsed(used: ReadonlyMap<string, number>): Promise<void> {
    await this.database.query(
      `UPDATE auth.keys k SET last_used_at = u.at FROM unnest($1::text[], $2::bigint[]) AS u (id, at)
       WHERE k.id = u.id AND coalesce(k.last_used_at, 0) < u.at`,
      [[...used.keys()], [...used.values()]],
      asAuth,
    )
  }

  async standing(
    { tenantId, projectId, userId }: Pick<Caller, 'tenantId' | 'projectId' | 'userId'>,
    keyId: string | null,
  ): Promise<Standing | null> {
    const { rows } = await this.database.query<JsonRow>(
      readStanding,
      [tenantId, projectId, userId, keyId],
      asAuth,
    )
    return rows[0] ? toStanding(rows[0]) : null
  }

  async revision(): Promise<number> {
    const { rows } = await this.database.query<RevisionRow>(
      'SELECT value FROM auth.revision',
      [],
      asAuth,
    )
    return onlyValue(rows)
  }
}

async function changed(
  tell: Tell,
  { id, tenantId }: { readonly id: string; readonly tenantId: string },
  change: 'created' | 'changed' | 'revoked',
  at: number,
): Promise<IdentityChange> {
  const fact = { entity: 'key', id, change, at } as const
  return { ...fact, revision: await tell({ ...fact, tenantId }) }
}

function toKeyRow({ caller, revokedAt, lastUsedAt, ...key }: NewKey & Partial<StoredKey>): KeyRow {
  return {
    ...key,
    id: caller.keyId,
    tenantId: caller.tenantId,
    projectId: caller.projectId,
    userId: caller.userId,
    name: caller.keyName,
    models: caller.models,
    revokedAt: revokedAt ?? null,
    lastUsedAt: lastUsedAt ?? null,
  }
}

function toStoredKey(json: JsonRow): StoredKey {
  const { id, tenantId, projectId, userId, name, models, ...key } = keyTable.parse(json)
  const caller = Caller.parse({ tenantId, projectId, keyId: id, userId, keyName: name, models })
  return { caller, ...key }
}
