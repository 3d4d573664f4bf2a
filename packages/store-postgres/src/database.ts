/**
 * SQL over one of two engines: a Postgres server, or PGlite (Postgres in this process) as the embedded default. The same SQL runs on both,
 * as long as nobody holds a connection while asking for another: PGlite has one. Inside `transaction` use the handle it gives; asking the
 * database itself from there is an error on both.
 *
 * Guaranteed: `transaction` commits when its work resolved and rolls back otherwise; a server that is away is a retryable
 * `dependency_unavailable`; any other refusal carries its SQLSTATE as `code`. BIGINT arrives as a number, or not at all when it is no safe integer.
 */
export interface Database extends Queryable, AsyncDisposable {
  readonly adapter: 'postgres' | 'pglite'
  /** Without `as` with the rights of the login: migrations and tools. */
  transaction<Result>(work: (transaction: Transaction) => Promise<Result>, as?: As): Promise<Result>
  /** One statement, as somebody: a transaction of its own, in one trip. */
  query<Row = Record<string, never>>(
    text: string,
    values?: readonly Value[],
    as?: As,
  ): Promise<Rows<Row>>
  /**
   * A whole transaction in one trip to the engine: loads rows in COPY's text format, then runs the statements. Any refused row refuses all.
   * Null where it would not pay for itself: a server has its own processor, the embedded engine has this process's. Acts as the loader (`roles.ts`).
   */
  readonly load: ((rows: CopyRows, statements: readonly Statement[]) => Promise<void>) | null
  /** Resolves when the engine answers; throws otherwise. */
  ping(): Promise<void>
}

/**
 * For whom a statement is run. It sees the rows of that tenant and no others, whatever it asks; a service sees those of all tenants, and is what
 * serves them all. Row-level security decides it (`wall.ts`), so a forgotten WHERE clause finds nothing of others.
 */
export type As = { readonly tenant: string } | { readonly service: ServiceName }

export type ServiceName = 'agent' | 'auth' | 'events' | 'router' | 'usage'

export interface Queryable {
  /** One statement. Columns arrive as text, but BOOLEAN, INT2, INT4, BIGINT and BYTEA (a `Uint8Array`): see `parse-column.ts`. */
  query<Row = Record<string, never>>(text: string, values?: readonly Value[]): Promise<Rows<Row>>
}

export interface Transaction extends Queryable {
  /** Several statements without values. */
  script(text: string): Promise<void>
}

export interface Statement {
  readonly text: string
  readonly values: readonly Value[]
}

export interface CopyRows {
  /** Table and columns. */
  readonly into: string
  readonly rows: string
}

export interface Rows<Row> {
  readonly rows: readonly Row[]
  /** Rows that were returned or changed. */
  readonly count: number
}

type Scalar = string | number | bigint | boolean | null
export type Value = Scalar | Uint8Array | readonly Scalar[]

/** SQLSTATE of a refused statement, null for any other failure. */
export function sqlStateOf(thrown: unknown): string | null {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return null
  return typeof thrown.code === 'string' && /^[0-9A-Z]{5}$/.test(thrown.code) ? thrown.code : null
}

/** SQLSTATE classes of what may work later: connection, resources (a full disk among them), shutdown, system. */
const passingClasses = ['08', '53', '57', '58']

export function meansNotNow(state: string): boolean {
  return passingClasses.includes(state.slice(0, 2))
}

export const uniqueViolation = '23505'
