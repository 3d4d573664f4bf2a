import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, systemClock, type Timer } from '@sluice/kernel/clock'
import { GatewayError, kernelErrors, messageOf } from '@sluice/kernel/errors'
import { actAs, actAsValues, beginAs } from './acting-as.ts'
import type { As, CopyRows, Database, Rows, Statement, Transaction, Value } from './database.ts'
import { claimDataFolder, hasDatabase } from './data-folder.ts'
import { encodeValue } from './encode-value.ts'
import type { EncodedStatement } from './pglite-protocol.ts'
import { PgliteThread } from './pglite-thread.ts'
import { roles } from './roles.ts'
import { TransactionScope } from './transaction-scope.ts'

export interface PgliteOptions {
  /** The database lives in its subfolder `db`. */
  readonly dataDir: string
  readonly clock?: Clock
}

/** The engine has no background processes, so what they do elsewhere is asked for here. */
const maintenance = {
  everyMs: 30_000,
  checkpointBytes: 64 * 1024 * 1024,
  vacuumEveryMs: 86_400_000,
}

/** A start takes a second of processor time, and fails as long as the disk is full. */
const reopenPauseMs = 2_000

/** Fails when another process owns the folder: PGlite has one owner. */
export async function openPglite({
  dataDir,
  clock = systemClock,
}: PgliteOptions): Promise<Database> {
  using stack = new DisposableStack()
  stack.use(claimDataFolder(dataDir))
  const folder = join(dataDir, 'db')
  if (!hasDatabase(folder)) await createDatabase(dataDir, folder, clock)
  const open = () => PgliteThread.open(folder, clock)
  const thread = await open()
  const owned = stack.move()
  return new PgliteDatabase(thread, open, owned, clock)
}

/**
 * Creates beside and renames, so that a start that was killed leaves nothing half-made. In a thread of its own, since the engine that
 * creates keeps some 300 MB that the one that serves does not need.
 */
async function createDatabase(dataDir: string, folder: string, clock: Clock): Promise<void> {
  const unfinished = join(dataDir, 'db.creating')
  await rm(unfinished, { recursive: true, force: true })
  const thread = await PgliteThread.open(unfinished, clock)
  await thread.close()
  await rename(unfinished, folder)
}

class PgliteDatabase implements Database {
  readonly adapter = 'pglite'
  /** The engine. One that has ended is replaced before the next command, by one that recovers what was committed. */
  #thread: PgliteThread
  readonly #open: () => Promise<PgliteThread>
  readonly #clock: Clock
  /** Monotonic ms: no other engine is started before. */
  #openAt = Number.NEGATIVE_INFINITY
  readonly #folder: Disposable
  readonly #scope = new TransactionScope()
  readonly #timers: Timer[]
  /** Settles when the one connection is free. */
  #free: Promise<unknown> = Promise.resolve()
  #checkpointAt = 0
  #closed = false

  constructor(
    thread: PgliteThread,
    open: () => Promise<PgliteThread>,
    folder: Disposable,
    clock: Clock,
  ) {
    this.#thread = thread
    this.#open = open
    this.#clock = clock
    this.#folder = folder
    this.#timers = [
      clock.every(maintenance.everyMs, () => {
        // A failure here is seen by `ping` as well.
        this.#checkpoint().catch(() => undefined)
      }),
      clock.every(maintenance.vacuumEveryMs, () => {
        this.#exclusively((thread) =>
          thread.send({ kind: 'script', text: 'VACUUM ANALYZE' }),
        ).catch(() => undefined)
      }),
    ]
  }

  async query<Row>(text: string, values: readonly Value[] = [], as?: As): Promise<Rows<Row>> {
    this.#scope.assertOutside()
    const before = as ? { text: actAs, values: actAsValues(as) } : null
    return this.#exclusively((thread) => run<Row>(thread, text, values, { before }))
  }

  async transaction<Result>(
    work: (transaction: Transaction) => Promise<Result>,
    as?: As,
  ): Promise<Result> {
    this.#scope.assertOutside()
    return this.#exclusively(async (thread) => {
      const transaction = new PgliteTransaction(thread, beginAs(as))
      try {
        const result = await this.#scope.run(() => work(transaction))
        await transaction.end('COMMIT')
        return result
      } catch (thrown) {
        await transaction.end('ROLLBACK')
        throw thrown
      }
    })
  }

  readonly load = async (
    { into, rows }: CopyRows,
    statements: readonly Statement[],
  ): Promise<void> => {
    this.#scope.assertOutside()
    const encoded = statements.map(({ text, values }) => ({
      text,
      values: values.map(encodeValue),
    }))
    await this.#exclusively((thread) =>
      thread.send({ kind: 'load', role: roles.loader, into, rows, statements: encoded }),
    )
  }

  async ping(): Promise<void> {
    await this.query('SELECT 1')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return
    for (const timer of this.#timers) timer.cancel()
    this.#closed = true
    await this.#free
    try {
      if (!this.#thread.ended) await this.#thread.close()
    } finally {
      this.#folder[Symbol.dispose]()
    }
  }

  async #checkpoint(): Promise<void> {
    const { rows } = await this.query<{ bytes: number }>(
      `SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint AS bytes`,
    )
    const bytes = rows[0]?.bytes ?? 0
    if (bytes - this.#checkpointAt < maintenance.checkpointBytes) return
    this.#checkpointAt = bytes
    await this.#exclusively((thread) => thread.send({ kind: 'script', text: 'CHECKPOINT' }))
  }

  #exclusively<Result>(work: (thread: PgliteThread) => Promise<Result>): Promise<Result> {
    if (this.#closed) return Promise.reject(unavailable('the database is closed'))
    const result = this.#free.then(async () => work(await this.#living()))
    this.#free = result.catch(() => undefined)
    return result
  }

  async #living(): Promise<PgliteThread> {
    if (!this.#thread.ended) return this.#thread
    const now = this.#clock.monotonic()
    if (now < this.#openAt) throw unavailable('the embedded database does not run')
    this.#openAt = now + reopenPauseMs
    try {
      this.#thread = await this.#open()
      return this.#thread
    } catch (thrown) {
      throw unavailable(messageOf(thrown), thrown)
    }
  }
}

function unavailable(message: string, cause?: unknown): GatewayError {
  return new GatewayError(kernelErrors.dependency_unavailable, message, { cause })
}

class PgliteTransaction implements Transaction {
  readonly #thread: PgliteThread
  /** The first command opens it by this. */
  readonly #begin: string
  #begun = false
  #over = false

  constructor(thread: PgliteThread, begin: string) {
    this.#thread = thread
    this.#begin = begin
  }

  async query<Row>(text: string, values: readonly Value[] = []): Promise<Rows<Row>> {
    return run<Row>(this.#thread, text, values, { begin: this.#next() })
  }

  async script(text: string): Promise<void> {
    await this.#thread.send({ kind: 'script', text }, this.#next())
  }

  async end(how: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    if (this.#over) return
    this.#over = true
    if (!this.#begun) return
    const { command } = await this.#thread.send({ kind: 'script', text: how })
    // COMMIT of a transaction that a swallowed error has aborted succeeds as ROLLBACK: nothing was kept.
    if (command !== how)
      throw new Error('the transaction was rolled back: a statement in it failed')
  }

  #next(): string | null {
    if (this.#over) throw new Error('the transaction is over')
    const isFirst = !this.#begun
    this.#begun = true
    return isFirst ? this.#begin : null
  }
}

async function run<Row>(
  thread: PgliteThread,
  text: string,
  values: readonly Value[],
  { begin = null, before = null }: { begin?: string | null; before?: EncodedStatement | null },
): Promise<Rows<Row>> {
  const encoded = values.map(encodeValue)
  const { rows, count } = await thread.send({ kind: 'query', before, text, values: encoded }, begin)
  // The engine's rows are untyped; the caller knows what it selected.
  return { rows: rows as Row[], count }
}
