import type { RedisLink } from './redis-link.ts'
import { FieldWriter } from './fields.ts'

/** How items of one transition become one call, and its reply their results. */
export interface CallFormat<Item, Result> {
  readonly name: string
  /** Writes the arguments that all items share. */
  readonly header?: (fields: FieldWriter) => void
  readonly write: (fields: FieldWriter, item: Item) => void
  /** One result per item, in order. */
  readonly results: (reply: unknown, items: readonly Item[]) => readonly Result[]
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
  readonly #fields = new FieldWriter()
  #waiting: Pending<Item, Result>[] = []
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
    const batch = this.#waiting
    this.#format.header?.(this.#fields)
    const { maxItems = 128 } = this.#format
    let count = 0
    while (count < batch.length && count < maxItems && this.#fields.length < maxCallBytes) {
      this.#format.write(this.#fields, (batch[count] as Pending<Item, Result>).item)
      count += 1
    }
    this.#waiting = batch.slice(count)
    batch.length = count
    const items = batch.map(({ item }) => item)
    this.#underWay = true
    try {
      const reply = await this.#link.call(this.#format.name, this.#key, this.#fields.take())
      const results = this.#format.results(reply, items)
      for (const [i, pending] of batch.entries()) pending.resolve(results[i] as Result)
    } catch (error) {
      for (const pending of batch) pending.reject(error)
    }
    this.#underWay = false
    this.#schedule()
  }
}
