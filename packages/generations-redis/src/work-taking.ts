import type { Taking } from '@sluice/generations'
import type { StreamEntry, StreamReader } from './stream-reader.ts'

/** Runs `handle` for what the readers bring, never for more entries at once than `concurrency`. */
export function takeWork(
  readers: readonly StreamReader[],
  concurrency: number,
  handle: (entry: StreamEntry) => Promise<void>,
  onError: (error: unknown) => void,
): Taking {
  const slots = new Slots(concurrency)
  const share = Math.ceil(concurrency / readers.length)

  async function run(entry: StreamEntry): Promise<void> {
    try {
      await handle(entry)
    } catch (error) {
      // What the handler left undone is enqueued again by the next reap after a lease.
      onError(error)
    }
    slots.release(1)
  }

  async function loop(reader: StreamReader): Promise<void> {
    while (!reader.stopped) {
      const taken = await slots.take(share)
      // A read that is under way when the taking is disposed may still bring work: it was handed to us, so it is done.
      const entries = reader.stopped ? [] : await reader.read(taken)
      for (const entry of entries) void run(entry)
      slots.release(taken - entries.length)
    }
  }

  const ended = Promise.all(readers.map(loop))
  return {
    async [Symbol.asyncDispose]() {
      for (const reader of readers) reader.stop()
      await ended
      await slots.allFree()
      for (const reader of readers) reader[Symbol.dispose]()
    },
  }
}

/** How many handlers may start. Whoever finds none free waits in line; the reads of idle streams give theirs back all the time. */
class Slots {
  readonly #total: number
  #free: number
  readonly #line: { readonly most: number; readonly resolve: (taken: number) => void }[] = []
  #onAllFree: (() => void) | null = null

  constructor(total: number) {
    this.#total = total
    this.#free = total
  }

  take(most: number): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>()
    this.#line.push({ most, resolve })
    this.#serve()
    return promise
  }

  release(count: number): void {
    this.#free += count
    this.#serve()
    if (this.#free === this.#total) this.#onAllFree?.()
  }

  async allFree(): Promise<void> {
    if (this.#free === this.#total) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onAllFree = resolve
    await promise
  }

  #serve(): void {
    while (this.#free > 0) {
      const first = this.#line.shift()
      if (first === undefined) return
      const taken = Math.min(first.most, this.#free)
      this.#free -= taken
      first.resolve(taken)
    }
  }
}
