import { randomUUID } from 'node:crypto'
import type { StoredEvent } from '@sluice/event-log'
import { redeliveryPauseMs } from '@sluice/event-log/redelivery-pause'
import { type Clock, sleep } from '@sluice/kernel/clock'
import type { Logger } from '@sluice/kernel/logger'
import type { Database } from './database.ts'
import { asEvents, readEvents } from './read-events.ts'

export interface GroupMemberOptions {
  readonly topic: string
  readonly group: string
  readonly maxBatch: number
  readonly handler: (events: readonly StoredEvent[]) => Promise<void>
  readonly clock: Clock
  readonly logger: Logger | undefined
}

/** A member that died is replaced after this; one that lives renews at a third of it. */
const leaseMs = 10_000
/** How often somebody else's events and abandoned partitions are looked for. */
const pollMs = 500
/** After a failure of the database itself. */
const retryMs = 1_000

interface Hold {
  readonly partition: number
  readonly next_offset: number
  /** Of the partition, when it was taken. */
  readonly end_offset: number
}

// One statement, so that of several members in several processes one gets the partition. $5 = the one handled last: the others come first.
const holdPartition = `
  WITH candidate AS (
    SELECT g.partition, p.next_offset AS end_offset FROM events.groups g
    JOIN events.partitions p ON p.topic = g.topic AND p.partition = g.partition
    WHERE g.topic = $1 AND g.name = $2 AND g.next_offset < p.next_offset AND g.held_until < clock_timestamp()
    ORDER BY g.partition <= $5, g.partition LIMIT 1
    FOR UPDATE OF g SKIP LOCKED
  )
  UPDATE events.groups g SET holder = $3, held_until = clock_timestamp() + make_interval(secs => $4)
  FROM candidate c WHERE g.topic = $1 AND g.name = $2 AND g.partition = c.partition
  RETURNING g.partition, g.next_offset, c.end_offset`

/**
 * One subscriber. It holds a partition by a lease in the group's row while its handler runs, and moves the offset only while the lease is
 * still its own: no connection is kept open, and a member that was frozen past its lease cannot advance what somebody else took over.
 */
export class GroupMember implements AsyncDisposable {
  readonly #database: Database
  readonly #options: GroupMemberOptions
  readonly #holder = randomUUID()
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>
  #change = Promise.withResolvers<void>()
  #lastPartition = -1

  private constructor(database: Database, options: GroupMemberOptions) {
    this.#database = database
    this.#options = options
    this.#running = this.#consume()
  }

  static async join(database: Database, options: GroupMemberOptions): Promise<GroupMember> {
    await database.query(
      `INSERT INTO events.groups (topic, name, partition)
       SELECT topic, $2, partition FROM events.partitions WHERE topic = $1 ON CONFLICT DO NOTHING`,
      [options.topic, options.group],
      asEvents,
    )
    return new GroupMember(database, options)
  }

  wake(): void {
    this.#change.resolve()
    this.#change = Promise.withResolvers()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    this.wake()
    await this.#running
  }

  async #consume(): Promise<void> {
    const { clock, logger } = this.#options
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const changed = this.#change.promise
      try {
        const hold = await this.#hold()
        if (hold) await this.#work(hold)
        else await this.#pause(changed, pollMs)
      } catch (error) {
        logger?.warn({ err: error }, 'event log: the database failed a subscription')
        await sleep(clock, retryMs, signal).catch(() => undefined) // aborted: the loop sees it
      }
    }
  }

  async #hold(): Promise<Hold | null> {
    const { topic, group } = this.#options
    const { rows } = await this.#database.query<Hold>(
      holdPartition,
      [topic, group, this.#holder, leaseMs / 1_000, this.#lastPartition],
      asEvents,
    )
    return rows[0] ?? null
  }

  async #work({ partition, next_offset, end_offset }: Hold): Promise<void> {
    const { topic, maxBatch } = this.#options
    this.#lastPartition = partition
    using _renewing = this.#options.clock.every(leaseMs / 3, () => {
      // A renewal that fails shows when the offset is moved.
      this.#renew(partition).catch(() => undefined)
    })
    let next: bigint | null = null
    try {
      const from = BigInt(next_offset)
      const events = await readEvents(this.#database, topic, partition, from, maxBatch)
      const last = events.at(-1)
      // Nothing there although the offset lies behind: retention has removed it. What came since lies past that end.
      if (!last) next = BigInt(end_offset)
      else if (await this.#handle(partition, events)) next = last.offset + 1n
    } finally {
      await this.#release(partition, next)
    }
  }

  /** Repeats one batch until its handler resolves; false when this member had to stop first. */
  async #handle(partition: number, events: readonly StoredEvent[]): Promise<boolean> {
    const { handler, clock, logger } = this.#options
    const { signal } = this.#stopping
    for (let failures = 1; ; failures += 1) {
      try {
        await handler(events)
        return true
      } catch (thrown) {
        logger?.warn({ err: thrown, partition, failures }, 'batch failed and will be repeated')
      }
      const isOver = await sleep(clock, redeliveryPauseMs(failures), signal).then(
        () => false,
        () => true,
      )
      if (isOver) return false
    }
  }

  async #renew(partition: number): Promise<void> {
    const { topic, group } = this.#options
    await this.#database.query(
      `UPDATE events.groups SET held_until = clock_timestamp() + make_interval(secs => $5)
       WHERE topic = $1 AND name = $2 AND partition = $3 AND holder = $4`,
      [topic, group, partition, this.#holder, leaseMs / 1_000],
      asEvents,
    )
  }

  /** Gives the partition back, its offset moved to `next` unless that is null. */
  async #release(partition: number, next: bigint | null): Promise<void> {
    const { topic, group } = this.#options
    await this.#database.query(
      `UPDATE events.groups SET next_offset = coalesce($5, next_offset), holder = NULL, held_until = '-infinity'
       WHERE topic = $1 AND name = $2 AND partition = $3 AND holder = $4`,
      [topic, group, partition, this.#holder, next],
      asEvents,
    )
  }

  async #pause(changed: Promise<void>, ms: number): Promise<void> {
    const { promise: due, resolve } = Promise.withResolvers<void>()
    using _timer = this.#options.clock.after(ms, resolve)
    await Promise.race([changed, due])
  }
}
