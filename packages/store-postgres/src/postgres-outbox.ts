import type { EventLog, NewEvent } from '@sluice/event-log'
import type { Outbox, OutboxBatch } from '@sluice/store/outbox'
import type { As, Database, ServiceName, Statement } from './database.ts'
import { DatabaseEventLog } from './database-event-log.ts'
import { decodeEvents, encodeEvents } from '@sluice/event-log/record-batch'

/** After this a batch whose relay died is taken up by another. Longer than any publisher waits. */
const claimSeconds = 60
/** Rows of one claim: they are counted after they are locked. */
const claimRows = 500

interface OutboxRow {
  readonly id: number
  readonly events: number
  readonly records: Uint8Array
}

/**
 * The outbox of a service. Where the event log is in the same database, events are not put here at all: they are published in the transaction that
 * would store them, and the relay finds nothing to do.
 */
export class PostgresOutbox implements Outbox {
  readonly #database: Database
  readonly #schema: ServiceName
  readonly #log: DatabaseEventLog | null
  /** Nobody but this process fills the outbox of an embedded database, and with a log beside it this process does not either. */
  #isEmpty = false

  constructor(database: Database, schema: ServiceName, events?: EventLog) {
    this.#database = database
    this.#schema = schema
    this.#log = events instanceof DatabaseEventLog && events.isIn(database) ? events : null
  }

  /**
   * Those of the topics whose events are published by being stored. A topic that nobody created yet must not keep facts from being stored: its
   * events wait. To be asked before the transaction.
   */
  async directTopics(topics: readonly string[]): Promise<ReadonlySet<string>> {
    const direct = new Set<string>()
    for (const topic of topics) if (this.#log && (await this.#log.has(topic))) direct.add(topic)
    return direct
  }

  /** What stores these batches, in a transaction; `wake` comes after it. */
  async statementsOf(
    batches: readonly OutboxBatch[],
    direct: ReadonlySet<string>,
  ): Promise<readonly Statement[]> {
    const statements: Statement[] = []
    // In order of the topics, so that two processes wait for each other instead of blocking each other.
    for (const { topic, events } of batches.toSorted((a, b) => (a.topic < b.topic ? -1 : 1))) {
      if (events.length === 0) continue
      if (this.#log && direct.has(topic))
        statements.push(...(await this.#log.publishing(topic, events)))
      else {
        this.#isEmpty = false
        statements.push(await this.#insertion(topic, events))
      }
    }
    return statements
  }

  wake(topics: Iterable<string>): void {
    for (const topic of topics) this.#log?.wake(topic)
  }

  async put(batches: readonly OutboxBatch[]): Promise<void> {
    const direct = await this.directTopics(batches.map(({ topic }) => topic))
    const statements = await this.statementsOf(batches, direct)
    await this.#database.transaction(async (transaction) => {
      for (const { text, values } of statements) await transaction.query(text, values)
    }, this.#as)
    this.wake(direct)
  }

  async waiting(): Promise<readonly string[]> {
    if (this.#isEmpty) return []
    const { rows } = await this.#database.query<{ topic: string }>(
      topicsOf(`${this.#schema}.outbox`),
      [],
      this.#as,
    )
    this.#isEmpty = rows.length === 0 && this.#log !== null && this.#database.adapter === 'pglite'
    return rows.map(({ topic }) => topic)
  }

  async relay(
    topic: string,
    options: { readonly limit: number; readonly inOrder: boolean },
    publish: (events: readonly NewEvent[]) => Promise<readonly NewEvent[]>,
  ): Promise<number> {
    const rows = await this.#claim(topic, options)
    if (rows.length === 0) return 0
    const ids = rows.map(({ id }) => id)
    try {
      const events: NewEvent[] = []
      for (const { records } of rows)
        for (const each of await decodeEvents(records)) events.push(each)
      const refused = await publish(events)
      await this.#forget(topic, ids, refused)
      return events.length - refused.length
    } catch (thrown) {
      await this.#release(ids)
      throw thrown
    }
  }

  async backlog(): Promise<number> {
    const { rows } = await this.#database.query<{ events: number }>(
      `SELECT coalesce(sum(events), 0)::bigint AS events FROM ${this.#schema}.outbox`,
      [],
      this.#as,
    )
    return rows[0]?.events ?? 0
  }

  get #as(): As {
    return { service: this.#schema }
  }

  async #insertion(topic: string, events: readonly NewEvent[], until?: string): Promise<Statement> {
    return {
      text: `INSERT INTO ${this.#schema}.outbox (topic, events, records${until ? ', claimed_until' : ''})
        VALUES ($1, $2, $3${until ? `, '${until}'` : ''})`,
      values: [topic, events.length, await encodeEvents(events)],
    }
  }

  /** A claim is a time in the row, not an open transaction: publishing may take long, and PGlite has one connection for everybody. */
  async #claim(
    topic: string,
    { limit, inOrder }: { readonly limit: number; readonly inOrder: boolean },
  ): Promise<readonly OutboxRow[]> {
    const table = `${this.#schema}.outbox`
    return this.#database.transaction(async (transaction) => {
      if (inOrder) {
        // Claims of one topic come one after the other: the next one sees this one's.
        const lock = `${table} ${topic}`
        await transaction.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [lock])
      }
      const free = inOrder
        ? `AND NOT EXISTS (SELECT 1 FROM ${table} WHERE topic = $1 AND claimed_until >= clock_timestamp() AND claimed_until < 'infinity')`
        : ''
      const { rows } = await transaction.query<OutboxRow>(
        `WITH free AS (
           SELECT id, events FROM ${table} WHERE topic = $1 AND claimed_until < clock_timestamp() ${free}
           ORDER BY id LIMIT ${String(claimRows)} FOR UPDATE SKIP LOCKED
         ), counted AS (
           SELECT id, events, sum(events) OVER (ORDER BY id) AS up_to FROM free
         )
         UPDATE ${table} SET claimed_until = clock_timestamp() + make_interval(secs => $3)
         WHERE id IN (SELECT id FROM counted WHERE up_to <= $2 OR up_to = events)
         RETURNING id, events, records`,
        [topic, limit, claimSeconds],
      )
      return rows.toSorted((a, b) => a.id - b.id)
    }, this.#as)
  }

  async #forget(
    topic: string,
    ids: readonly number[],
    refused: readonly NewEvent[],
  ): Promise<void> {
    const text = `DELETE FROM ${this.#schema}.outbox WHERE id = ANY ($1::bigint[])`
    if (refused.length === 0) {
      await this.#database.query(text, [ids], this.#as)
      return
    }
    const apart = await this.#insertion(topic, refused, 'infinity')
    await this.#database.transaction(async (transaction) => {
      await transaction.query(text, [ids])
      await transaction.query(apart.text, apart.values)
    }, this.#as)
  }

  async #release(ids: readonly number[]): Promise<void> {
    try {
      await this.#database.query(
        `UPDATE ${this.#schema}.outbox SET claimed_until = '-infinity' WHERE id = ANY ($1::bigint[])`,
        [ids],
        this.#as,
      )
    } catch {
      // The claim runs out by itself, and what went wrong before is on its way to the caller.
    }
  }
}

/** One step in the index per topic, however many rows there are. */
function topicsOf(table: string): string {
  return `WITH RECURSIVE topics (topic) AS (
      SELECT min(topic) FROM ${table}
      UNION ALL
      SELECT (SELECT min(topic) FROM ${table} WHERE topic > topics.topic) FROM topics WHERE topics.topic IS NOT NULL
    )
    SELECT topic FROM topics
    WHERE EXISTS (SELECT 1 FROM ${table} WHERE topic = topics.topic AND claimed_until < clock_timestamp())`
}
