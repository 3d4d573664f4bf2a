import type { IdentityChanged } from '@sluice/contracts/topics/identity-changed'
import type { Collection, CollectionRow } from '@sluice/store/collection'
import type { Page } from '@sluice/store/tenancy'
import type { As, Database, Transaction, Value } from './database.ts'
import { raiseRevision } from './identity-revision.ts'
import type { JsonRow, Table } from './table.ts'

export interface CollectionOptions {
  /** Which rows count against a maximum. */
  readonly live?: string
}

/** One table of rows of tenants. */
export class PostgresCollection<Row extends CollectionRow> implements Collection<Row> {
  readonly #database: Database
  readonly #table: Table<Row>
  readonly #live: string
  readonly #tenant: string
  readonly #id: string

  constructor(database: Database, table: Table<Row>, { live = 'true' }: CollectionOptions = {}) {
    this.#database = database
    this.#table = table
    this.#live = live
    this.#tenant = table.column('tenantId')
    this.#id = table.column('id')
  }

  async find(tenantId: string, id: string): Promise<Row | null> {
    const { rows } = await this.#database.query<JsonRow>(
      `SELECT row_to_json(t)::text AS row FROM ${this.#table.name} t WHERE ${this.#tenant} = $1 AND ${this.#id} = $2`,
      [tenantId, id],
      { tenant: tenantId },
    )
    return rows[0] ? this.#table.parse(rows[0]) : null
  }

  async list(tenantId: string | null, { limit, after }: Page): Promise<readonly Row[]> {
    const { rows } = await this.#database.query<JsonRow>(
      `SELECT row_to_json(t)::text AS row FROM ${this.#table.name} t
       WHERE ($1::text IS NULL OR ${this.#tenant} = $1) AND ($2::text IS NULL OR ${this.#id} COLLATE "C" > $2)
       ORDER BY ${this.#id} COLLATE "C" LIMIT $3::bigint`,
      [tenantId, after, limit],
      tenantId === null ? { service: 'auth' } : { tenant: tenantId },
    )
    return rows.map((row) => this.#table.parse(row))
  }

  async add(row: Row, max: number | null = null): Promise<IdentityChanged | 'exists' | 'full'> {
    const { tenantId, createdAt } = row
    const table = this.#table
    // Two members may share a column.
    const members = table.members.filter(
      (member, index, all) =>
        all.findIndex((other) => table.column(other) === table.column(member)) === index,
    )
    return this.#database.transaction<IdentityChanged | 'exists' | 'full'>(async (transaction) => {
      if (max !== null && (await this.#isFull(transaction, tenantId, max))) return 'full'
      const { count } = await transaction.query(
        `INSERT INTO ${table.name} (${table.columns(members)}) VALUES (${table.places(members)}) ON CONFLICT DO NOTHING`,
        table.values(members, row),
      )
      return count === 0 ? 'exists' : changed(transaction, tenantId, 'created', createdAt)
    }, as(tenantId))
  }

  async change(
    tenantId: string,
    id: string,
    changes: Partial<Omit<Row, keyof CollectionRow>>,
    at: number,
  ): Promise<IdentityChanged | null> {
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
      { change: 'changed', at },
    )
  }

  async remove(tenantId: string, id: string, at: number): Promise<IdentityChanged | null> {
    return this.#write(
      tenantId,
      `DELETE FROM ${this.#table.name} WHERE ${this.#tenant} = $1 AND ${this.#id} = $2`,
      [tenantId, id],
      { change: 'revoked', at },
    )
  }

  async #write(
    tenantId: string,
    statement: string,
    values: readonly Value[],
    { change, at }: { readonly change: IdentityChanged['change']; readonly at: number },
  ): Promise<IdentityChanged | null> {
    return this.#database.transaction(async (transaction) => {
      const { count } = await transaction.query(statement, values)
      return count === 0 ? null : changed(transaction, tenantId, change, at)
    }, as(tenantId))
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

async function changed(
  transaction: Transaction,
  tenantId: string,
  change: IdentityChanged['change'],
  at: number,
): Promise<IdentityChanged> {
  const revision = await raiseRevision(transaction)
  return { entity: 'tenant', id: tenantId, change, revision, at }
}
