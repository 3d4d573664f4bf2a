import type { RedisLink } from './redis-link.ts'
import { commit } from './commit.ts'
import { type Argument, FieldWriter } from './fields.ts'

export interface Committed {
  readonly id: string
  readonly cursor: string
}

/** How items of one transition become one call, and its reply their results. */
export interface CallFormat<Item, Result> {
  readonly name: string
  /** Writes the arguments that all items share. */
  readonly header?: (fields: FieldWriter) => void
  readonly write: (fields: FieldWriter, item: Item) => void
  /** One result per item, in order. */
  readonly results: (reply: unknown, items: readonly Item[]) => readonly Result[]
  /** What was written and has to be on a replica before it is seen: its cursor, '' for the terminal entry, null for nothing. */
  readonly written?: (item: Item, result: Result) => Committed | null
  /** A script keeps every other client waiting: no call takes more items than this. Default 128. */
  readonly maxItems?: number
}

/** … nor more bytes than this, one item always being allowed. */
const maxCallBytes = 1024 * 1024

interface Pending<Item, Result> extends PromiseWithResolvers<Result> {
  readonly item: Item
}

/**
 * One transition of one shard. What is asked for in one turn of the event loop goes out as one call, each item accepted or refused alone;
 * while a call is under way it waits for its reply, so that batches grow with the load and with the distance to the server. (Letting a second
 * call out splits batches and costs the server twice as much.)
 */
export class BatchedCall<Item, Result> {
  readonly #link: RedisLink
  readonly #key: string
  readonly #format: CallFormat<Item, Result>
  readonly #waiting: Pending<Item, Result>[] = []
  #scheduled = false
  #underWay = false

  constructor(link: RedisLink, key: string, format: CallFormat<Item, Result>) {
    this.#link = link
    this.#key = key
    this.#format = format
  }

  run(item: Item): Promise<Result> {
    const pending: Pending<Item, Result> = { item, ...Promise.withResolvers<Result>() }
    this.#waiting.push(pending)
    this.#schedule()
    return pending.promise
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.length === 0 || this.#underWay) return
    this.#scheduled = true
    // oxlint-disable-next-line no-restricted-globals -- after all sockets of the turn were read, before any is waited for: no clock involved
    setImmediate(() => {
      this.#scheduled = false
      void this.#send()
    })
  }

  async #send(): Promise<void> {
    const { name, results, maxItems = 128 } = this.#format
    const batch = this.#waiting.splice(0, maxItems)
    this.#underWay = true
    try {
      const args = this.#encode(batch)
      const items = batch.map(({ item }) => item)
      const reply = await this.#link.call(name, this.#key, args)
      const outcomes = results(reply, items)
      if (this.#link.highlyAvailable) await this.#commit(items, outcomes)
      for (const [i, result] of outcomes.entries()) batch[i]?.resolve(result)
    } catch (error) {
      for (const pending of batch) pending.reject(error)
    }
    this.#underWay = false
    this.#schedule()
  }

  /** Throws when no replica confirms: what was written is not seen, and repeated by its writer or shown by the reaper. */
  async #commit(items: readonly Item[], outcomes: readonly Result[]): Promise<void> {
    const { written } = this.#format
    if (written === undefined) return
    const committed = outcomes.flatMap((result, i) => written(items[i] as Item, result) ?? [])
    await commit(this.#link, this.#key, committed)
  }

  /** As many as fit into one call; the others go back to the head of the line. */
  #encode(batch: Pending<Item, Result>[]): readonly Argument[] {
    const fields = new FieldWriter()
    this.#format.header?.(fields)
    let count = 0
    for (const { item } of batch) {
      if (count > 0 && fields.length >= maxCallBytes) break
      this.#format.write(fields, item)
      count += 1
    }
    this.#waiting.unshift(...batch.splice(count))
    return fields.arguments()
  }
}
