import type { IdentityChange } from '@sluice/contracts/rpc/auth'
import type { Collection, CollectionRow } from '@sluice/store/collection'
import type { IdentityFact } from '@sluice/store/identity-facts'
import type { Page } from '@sluice/store/tenancy'
import type { As, Transaction, Value } from './database.ts'
import type { IdentityChanges, Tell } from './identity-changes.ts'
import type { JsonRow, Table } from './table.ts'

export interface CollectionOptions {
  /** What facts call a row. */
  readonly entity: Exclude<IdentityFact['entity'], 'key' | 'membership' | 'tier' | 'user'>
  /** Which rows count against a maximum. */
  readonly live?: string
}

/** One table of rows of tenants. */
export class PostgresCollection<Row extends CollectionRow> implements Collection<Row> {
  readonly #changes: IdentityChanges
  readonly #table: Table<Row>
  readonly #entity: CollectionOptions['entity']
  readonly #live: string
  readonly #tenant: string
  readonly #id: string

  constructor(
    changes: IdentityChanges,
    table: Table<Row>,
    { entity, live = 'true' }: CollectionOptions,
  ) {
    this.#changes = changes
    this.#table = table
    this.#entity = entity
    this.#live = live
    this.#tenant = table.column('tenantId')
    this.#id = table.column('id')
  }

  async find(tenantId: string, id: string): Promise<Row | null> {
    const { rows } = await this.#changes.database.query<JsonRow>(
      `SELECT row_to_json(t)::text AS row FROM ${this.#table.name} t WHERE ${this.#tenant} = $1 AND ${this.#id} = $2`,
      [tenantId, id],
      { tenant: tenantId },
    )
    return rows[0] ? this.#table.parse(rows[0]) : null
  }

  async list(tenantId: string | null, { limit, after }: Page): Promise<readonly Row[]> {
    const { rows } = await this.#changes.database.query<JsonRow>(
      `SELECT row_to_json(t)::text AS row FROM ${this.#table.name} t
       WHERE ($1::text IS NULL OR ${this.#tenant} = $1) AND ($2::text IS NULL OR ${this.#id} COLLATE "C" > $2)
       ORDER BY ${this.#id} COLLATE "C" LIMIT $3::bigint`,
      [tenantId, after, limit],
      tenantId === null ? { service: 'auth' } : { tenant: tenantId },
    )
    return rows.map((row) => this.#table.parse(row))
  }

  async add(row: Row, max: number | null = null): Promise<IdentityChange | 'exists' | 'full'> {
    const { tenantId, id, createdAt: at } = row
    const table = this.#table
    // Two members may share a column.
    const members = table.members.filter(
      (member, index, all) =>
        all.findIndex((other) => table.column(other) === table.column(member)) === index,
    )
    return this.#changes.make<IdentityChange | 'exists' | 'full'>(async (transaction, tell) => {
      if (max !== null && (await this.#isFull(transaction, tenantId, max))) return 'full'
      const { count } = await transaction.query(
        `INSERT INTO ${table.name} (${table.columns(members)}) VALUES (${table.places(members)}) ON CONFLICT DO NOTHING`,
        table.values(members, row),
      )
      return count === 0 ? 'exists' : this.#tell(tell, 'created', { tenantId, id, at })
    }, as(tenantId))
  }

  async change(
    tenantId: string,
    id: string,
    changes: Partial<Omit<Row, keyof CollectionRow>>,
    at: number,
  ): Promise<IdentityChange | null> {
    const table = this.#table
    const members = table.members.filter((member) => member in changes)
    if (members.length === 0) return null
    const columns = table.columns(members)
    const places = table.places(members, 3)
    return this.#write(
      tenantId,
      `UPDATE ${table.name} SET (${columns}) = ROW (${places})
       WHERE ${this.#tenant} = $1 AND ${this.#id} = $2 AND ROW (${columns}) IS DISTINCT FROM ROW (${places})`,
      [tenantId, id, ...table.values(members, changes as Partial<Row>)],
      (tell) => this.#tell(tell, 'changed', { tenantId, id, at }),
    )
  }

  async remove(tenantId: string, id: string, at: number): Promise<IdentityChange | null> {
    return this.#write(
      tenantId,
      `DELETE FROM ${this.#table.name} WHERE ${this.#tenant} = $1 AND ${this.#id} = $2`,
      [tenantId, id],
      (tell) => this.#tell(tell, 'deleted', { tenantId, id, at }),
    )
  }

  async #write(
    tenantId: string,
    statement: string,
    values: readonly Value[],
    changed: (tell: Tell) => Promise<IdentityChange>,
  ): Promise<IdentityChange | null> {
    return this.#changes.make(async (transaction, tell) => {
      const { count } = await transaction.query(statement, values)
      return count === 0 ? null : changed(tell)
    }, as(tenantId))
  }

  async #tell(
    tell: Tell,
    change: 'created' | 'changed' | 'deleted',
    { tenantId, id, at }: { readonly tenantId: string; readonly id: string; readonly at: number },
  ): Promise<IdentityChange> {
    const revision = await tell({ entity: this.#entity, id, tenantId, change, at })
    return {
      entity: 'tenant',
      id: tenantId,
      change: change === 'deleted' ? 'revoked' : change,
      revision,
      at,
    }
  }

  /** Whoever adds to the same tenant meanwhile waits here. */
  async #isFull(transaction: Transaction, tenantId: string, max: number): Promise<boolean> {
    await transaction.query('SELECT 1 FROM auth.tenants WHERE id = $1 FOR UPDATE', [tenantId])
    const { rows } = await transaction.query<{ count: number }>(
      `SELECT count(*) AS count FROM ${this.#table.name} WHERE ${this.#tenant} = $1 AND ${this.#live}`,
      [tenantId],
    )
    return (rows[0]?.count ?? 0) >= max
  }
}

function as(tenantId: string): As {
  return { tenant: tenantId }
}
