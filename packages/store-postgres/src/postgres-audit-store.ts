import { AuditEntry } from '@sluice/contracts/audit'
import type { AuditFilter, AuditPage, AuditStore } from '@sluice/store/audit-store'
import type { As, Database } from './database.ts'
import { migrate } from './migrate.ts'
import { authMigrations } from './migrations/auth-migrations.ts'

/** Part of the `auth` schema on Postgres or PGlite. Brings the schema up to date first. */
export async function createPostgresAuditStore(database: Database): Promise<AuditStore> {
  await migrate(database, authMigrations)
  return new PostgresAuditStore(database)
}

interface AuditRow {
  readonly id: string
  readonly tenant_id: string | null
  readonly key_id: string | null
  readonly user_id: string | null
  readonly role: string | null
  readonly action: string
  readonly target: string
  readonly outcome: string
  readonly before: string
  readonly after: string
  readonly address: string
  readonly request_id: string
  readonly at: number
}

class PostgresAuditStore implements AuditStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async add(entry: AuditEntry): Promise<boolean> {
    const { id, tenantId, actor, action, target, outcome, address, requestId, at } = entry
    const as: As = tenantId === null ? { service: 'auth' } : { tenant: tenantId }
    const { count } = await this.#database.query(
      `INSERT INTO auth.audit_log
         (id, tenant_id, key_id, user_id, role, action, target, outcome, before, after, address, request_id, at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10::jsonb, $11, $12, $13::bigint) ON CONFLICT (id) DO NOTHING`,
      [
        id,
        tenantId,
        actor.keyId,
        actor.userId,
        actor.role,
        action,
        storable(target),
        outcome,
        toJson(entry.before),
        toJson(entry.after),
        storable(address),
        requestId,
        at,
      ],
      as,
    )
    return count > 0
  }

  async list(
    tenantId: string,
    { since, until, actor, action, outcome, target }: AuditFilter,
    { limit, after }: AuditPage,
  ): Promise<readonly AuditEntry[]> {
    const isBeginning = action?.endsWith('*') ?? false
    const { rows } = await this.#database.query<AuditRow>(
      `SELECT id, tenant_id, key_id, user_id, role, action, target, outcome, before::text AS before, after::text AS after, address, request_id, at
       FROM auth.audit_log
       WHERE tenant_id = $1 AND ($2::bigint IS NULL OR at >= $2) AND ($3::bigint IS NULL OR at < $3)
         AND ($4::text IS NULL OR key_id = $4 OR user_id = $4)
         AND ($5::text IS NULL OR action IN ($5, 'cli.' || $5))
         AND ($6::text IS NULL OR starts_with(action, $6) OR starts_with(action, 'cli.' || $6))
         AND ($7::text IS NULL OR outcome = $7) AND ($8::text IS NULL OR target = $8)
         AND ($9::text IS NULL OR (at, id) < (SELECT at, id FROM auth.audit_log WHERE tenant_id = $1 AND id = $9))
       ORDER BY at DESC, id DESC LIMIT $10::integer`,
      [
        tenantId,
        since,
        until,
        actor,
        ...(isBeginning ? [null, action?.slice(0, -1) ?? null] : [action, null]),
        outcome,
        target,
        after,
        limit,
      ],
      { tenant: tenantId },
    )
    return rows.map(fromRow)
  }
}

function fromRow(row: AuditRow): AuditEntry {
  return AuditEntry.parse({
    id: row.id,
    tenantId: row.tenant_id,
    actor: { keyId: row.key_id, userId: row.user_id, role: row.role },
    action: row.action,
    target: row.target,
    outcome: row.outcome,
    before: JSON.parse(row.before) as unknown,
    after: JSON.parse(row.after) as unknown,
    address: row.address,
    requestId: row.request_id,
    at: row.at,
  })
}

/** Postgres has no NUL in text, nor in the text that JSON holds. */
function toJson(value: AuditEntry['before']): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'string' ? storable(member) : member,
  )
}

function storable(text: string): string {
  return text.replaceAll('\0', '')
}
