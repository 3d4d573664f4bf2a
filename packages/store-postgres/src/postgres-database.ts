import { GatewayError, kernelErrors, messageOf } from '@sluice/kernel/errors'
import pg from 'pg'
import { beginAs } from './acting-as.ts'
import {
  type As,
  type Database,
  meansNotNow,
  type Rows,
  sqlStateOf,
  type Transaction,
  type Value,
} from './database.ts'
import { encodeValue } from './encode-value.ts'
import { parseColumn } from './parse-column.ts'
import { TransactionScope } from './transaction-scope.ts'

export interface PostgresOptions {
  readonly url: string
  readonly poolMax: number
}

const connectTimeoutMs = 5_000
/** A server that took a statement and went silent: longer than any statement of ours, shorter than anybody's patience. */
const answerTimeoutMs = 30_000

/** Connects on first use: a server that is away shows in `ping` and in every query, not here. */
export function openPostgres({ url, poolMax }: PostgresOptions): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolMax,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: answerTimeoutMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    // What opens and closes a transaction travels with what it is for, instead of waiting for an answer of its own.
    pipeline: true,
    application_name: 'sluice',
    types: { getTypeParser: (type: number) => (text: string) => parseColumn(text, type) },
  })
  // An idle connection that breaks is replaced at the next query; without a listener it would end the process.
  pool.on('error', () => undefined)
  // So would one that breaks between two statements of a transaction, where the pool does not listen: the next statement tells.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return Promise.resolve(new PostgresDatabase(pool))
}

class PostgresDatabase implements Database {
  readonly adapter = 'postgres'
  readonly load = null
  readonly #pool: pg.Pool
  readonly #scope = new TransactionScope()
  #closed = false

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async query<Row>(text: string, values: readonly Value[] = [], as?: As): Promise<Rows<Row>> {
    this.#scope.assertOutside()
    this.#assertOpen()
    if (!as) return send<Row>(this.#pool, text, values)
    const client = await this.#pool.connect().catch(rethrow)
    // One trip. Where the first is refused the others are, too: the transaction is open, and aborted.
    const steps = [begin(client, as), send<Row>(client, text, values), commit(client)] as const
    await Promise.allSettled(steps)
    client.release()
    await steps[0]
    const answer = await steps[1]
    await steps[2]
    return answer
  }

  async transaction<Result>(
    work: (transaction: Transaction) => Promise<Result>,
    as?: As,
  ): Promise<Result> {
    this.#scope.assertOutside()
    this.#assertOpen()
    const client = await this.#pool.connect().catch(rethrow)
    let broken: Error | undefined
    const begun = begin(client, as)
    begun.catch(() => undefined) // awaited below
    try {
      const result = await this.#scope.run(() => work(transactionOn(client)))
      await begun
      await commit(client)
      return result
    } catch (thrown) {
      // Whatever failed, the connection must not carry an open transaction back to the pool.
      await client.query('ROLLBACK').catch((error: unknown) => {
        broken = Error.isError(error) ? error : new Error(String(error))
      })
      await begun // why it failed, if it did: what came after was refused for that
      throw thrown
    } finally {
      client.release(broken)
    }
  }

  async ping(): Promise<void> {
    await this.query('SELECT 1')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#pool.end()
  }

  #assertOpen(): void {
    if (this.#closed)
      throw new GatewayError(kernelErrors.dependency_unavailable, 'the database is closed')
  }
}

function transactionOn(client: pg.PoolClient): Transaction {
  return {
    query: (text, values) => send(client, text, values),
    async script(text) {
      await client.query(text).catch(rethrow)
    },
  }
}

async function begin(client: pg.PoolClient, as: As | undefined): Promise<void> {
  await client.query(beginAs(as)).catch(rethrow)
}

/** COMMIT of a transaction that a swallowed error has aborted succeeds as ROLLBACK: nothing was kept, so it must not look as if. */
async function commit(client: pg.PoolClient): Promise<void> {
  const { command } = await client.query('COMMIT').catch(rethrow)
  if (command !== 'COMMIT')
    throw new Error('the transaction was rolled back: a statement in it failed')
}

async function send<Row>(
  on: pg.Pool | pg.PoolClient,
  text: string,
  values: readonly Value[] = [],
): Promise<Rows<Row>> {
  // The driver's rows are untyped; the caller knows what it selected.
  const result = await on.query(text, values.map(encodeValue)).catch(rethrow)
  return { rows: result.rows as Row[], count: result.rowCount ?? 0 }
}

function rethrow(thrown: unknown): never {
  const state = sqlStateOf(thrown)
  const isRefusal = state !== null && !meansNotNow(state)
  if (isRefusal || thrown instanceof RangeError) throw thrown
  throw new GatewayError(kernelErrors.dependency_unavailable, `Postgres: ${messageOf(thrown)}`, {
    cause: thrown,
  })
}
