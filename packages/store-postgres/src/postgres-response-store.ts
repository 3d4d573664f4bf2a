import type { KeyId, RequestId, TenantId } from '@sluice/contracts/ids'
import type {
  KeptResponse,
  Owner,
  ResponseStore,
  StoredResponse,
} from '@sluice/store/response-store'
import type { EventLog } from '@sluice/event-log'
import type { OutboxBatch } from '@sluice/store/outbox'
import type { As, Database } from './database.ts'
import { migrate } from './migrate.ts'
import { agentMigrations } from './migrations/agent-migrations.ts'
import { PostgresOutbox } from './postgres-outbox.ts'

/** The `agent` schema on Postgres or PGlite. Brings it up to date first. */
export async function createPostgresResponseStore(
  database: Database,
  { events }: { readonly events?: EventLog } = {},
): Promise<ResponseStore> {
  await migrate(database, agentMigrations)
  return new PostgresResponseStore(database, events)
}

interface ResponseRow {
  readonly id: RequestId
  readonly tenant_id: TenantId
  readonly key_id: KeyId
  readonly previous_id: RequestId | null
  readonly background: boolean
  readonly stream: boolean
  readonly model: string
  readonly input: string
  readonly asked: string
  readonly response: string | null
  readonly created_at: number
  readonly expires_at: number
}

const columns =
  'id, tenant_id, key_id, previous_id, background, stream, model, input, asked, response, created_at, expires_at'

/** Ends what has ended and removes what is over, whosever it is. */
const asAgent: As = { service: 'agent' }

class PostgresResponseStore implements ResponseStore {
  readonly #database: Database
  readonly outbox: PostgresOutbox

  constructor(database: Database, events: EventLog | undefined) {
    this.#database = database
    this.outbox = new PostgresOutbox(database, 'agent', events)
  }

  async keep(response: KeptResponse): Promise<void> {
    const { id, tenantId, keyId, previousId, background, stream, model, input } = response
    const { asked, createdAt, expiresAt } = response
    const ids = [id, tenantId, keyId, previousId]
    await this.#database.query(
      `INSERT INTO agent.responses (id, tenant_id, key_id, previous_id, background, stream, model, input, asked, created_at, expires_at)
       VALUES ($1::uuid, $2, $3, $4::uuid, $5::boolean, $6::boolean, $7, $8, $9, $10::bigint, $11::bigint)
       ON CONFLICT (id) DO NOTHING`,
      [...ids, background, stream, model, input, asked, createdAt, expiresAt],
      { tenant: tenantId },
    )
  }

  async find(
    id: RequestId,
    { tenantId, keyId }: Owner,
    now: number,
  ): Promise<StoredResponse | null> {
    const { rows } = await this.#database.query<ResponseRow>(
      `SELECT ${columns} FROM agent.responses
       WHERE id = $1::uuid AND tenant_id = $2 AND key_id = $3 AND expires_at > $4::bigint`,
      [id, tenantId, keyId, now],
      { tenant: tenantId },
    )
    const [row] = rows
    return row ? fromRow(row) : null
  }

  async chain(
    id: RequestId,
    { tenantId, keyId }: Owner,
    { now, limit }: { readonly now: number; readonly limit: number },
  ): Promise<readonly StoredResponse[] | null> {
    // One row more than is allowed shows that there are too many.
    const { rows } = await this.#database.query<ResponseRow>(
      `WITH RECURSIVE chain AS (
         SELECT r.*, 1 AS place FROM agent.responses r
         WHERE id = $1::uuid AND tenant_id = $2 AND key_id = $3 AND expires_at > $4::bigint
         UNION ALL
         SELECT r.*, c.place + 1 FROM agent.responses r JOIN chain c ON r.id = c.previous_id
         WHERE r.tenant_id = $2 AND r.key_id = $3 AND r.expires_at > $4::bigint AND c.place <= $5::integer
       )
       SELECT ${columns} FROM chain ORDER BY place DESC`,
      [id, tenantId, keyId, now, limit],
      { tenant: tenantId },
    )
    const [oldest] = rows
    return !oldest || oldest.previous_id !== null || rows.length > limit ? null : rows.map(fromRow)
  }

  async end(id: RequestId, response: string, facts: readonly OutboxBatch[] = []): Promise<void> {
    const direct = await this.outbox.directTopics(facts.map(({ topic }) => topic))
    const statements = await this.outbox.statementsOf(facts, direct)
    await this.#database.transaction(async (transaction) => {
      const { count } = await transaction.query(
        'UPDATE agent.responses SET response = $2 WHERE id = $1::uuid AND response IS NULL',
        [id, response],
      )
      if (count > 0)
        for (const { text, values } of statements) await transaction.query(text, values)
    }, asAgent)
    this.outbox.wake(direct)
  }

  async open(before: number, after: string, limit: number): Promise<readonly StoredResponse[]> {
    const { rows } = await this.#database.query<ResponseRow>(
      `SELECT ${columns} FROM agent.responses
       WHERE response IS NULL AND id > $1::uuid AND created_at < $2::bigint ORDER BY id LIMIT $3::integer`,
      [after, before, limit],
      asAgent,
    )
    return rows.map(fromRow)
  }

  async remove(id: RequestId, { tenantId, keyId }: Owner): Promise<boolean> {
    const { count } = await this.#database.query(
      'DELETE FROM agent.responses WHERE id = $1::uuid AND tenant_id = $2 AND key_id = $3',
      [id, tenantId, keyId],
      { tenant: tenantId },
    )
    return count > 0
  }

  async ofKeys(
    tenantId: TenantId,
    keyIds: readonly KeyId[],
    { after, limit }: { readonly after: string; readonly limit: number },
  ): Promise<readonly StoredResponse[]> {
    const { rows } = await this.#database.query<ResponseRow>(
      `SELECT ${columns} FROM agent.responses
       WHERE tenant_id = $1 AND key_id = ANY ($2::text[]) AND id > $3::uuid ORDER BY id LIMIT $4::integer`,
      [tenantId, keyIds, after, limit],
      { tenant: tenantId },
    )
    return rows.map(fromRow)
  }

  async erase(
    tenantId: TenantId,
    { keyIds, ids }: { readonly keyIds: readonly KeyId[]; readonly ids: readonly RequestId[] },
  ): Promise<number> {
    const { count } = await this.#database.query(
      'DELETE FROM agent.responses WHERE tenant_id = $1 AND (key_id = ANY ($2::text[]) OR id = ANY ($3::uuid[]))',
      [tenantId, keyIds, ids],
      { tenant: tenantId },
    )
    return count
  }

  async trim(now: number, limit: number): Promise<number> {
    const { count } = await this.#database.query(
      `DELETE FROM agent.responses WHERE id IN (
         SELECT id FROM agent.responses WHERE expires_at <= $1::bigint LIMIT $2::integer FOR UPDATE SKIP LOCKED)`,
      [now, limit],
      asAgent,
    )
    return count
  }

  ping(): Promise<void> {
    return this.#database.ping()
  }
}

function fromRow(row: ResponseRow): StoredResponse {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    keyId: row.key_id,
    previousId: row.previous_id,
    background: row.background,
    stream: row.stream,
    model: row.model,
    input: row.input,
    asked: row.asked,
    response: row.response,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }
}
