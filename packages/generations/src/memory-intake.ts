import { FairQueue } from './fair-queue.ts'
import type { TakeOptions, Taking } from './generations.ts'

interface Taker<Item> {
  readonly handle: (item: Item) => Promise<void>
  free: number
  stopped: boolean
  drained: (() => void) | null
}

/** One queue of waiting items and the workers that take from it, in turns, each up to its concurrency. */
export class MemoryIntake<Item> {
  readonly #waiting: FairQueue<Item>
  readonly #takers: Taker<Item>[] = []
  readonly #onError: (error: unknown) => void
  #scheduled = false

  /** `shared`: how many wait in one line for all before each tenant has one of its own. */
  constructor(onError: (error: unknown) => void, shared = Infinity) {
    this.#onError = onError
    this.#waiting = new FairQueue(shared)
  }

  /** How many of a tenant wait in a line of its own, and how many tenants do. */
  lineOf(tenant: string): { readonly waiting: number; readonly tenants: number } {
    return { waiting: this.#waiting.lineOf(tenant), tenants: this.#waiting.tenants }
  }

  push(item: Item, tenant: string, weight: number): void {
    this.#waiting.push(item, tenant, weight)
    this.#schedule()
  }

  take(handle: (item: Item) => Promise<void>, { concurrency }: TakeOptions): Taking {
    const taker: Taker<Item> = { handle, free: concurrency, stopped: false, drained: null }
    this.#takers.push(taker)
    this.#schedule()
    return {
      [Symbol.asyncDispose]: async () => {
        if (taker.stopped) return
        taker.stopped = true
        this.#takers.splice(this.#takers.indexOf(taker), 1)
        if (taker.free === concurrency) return
        const { promise, resolve } = Promise.withResolvers<void>()
        taker.drained = () => {
          if (taker.free === concurrency) resolve()
        }
        await promise
      },
    }
  }

  /** In a microtask: handlers never run inside the step that made their work. */
  #schedule(): void {
    if (this.#scheduled || this.#waiting.length === 0 || this.#takers.length === 0) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#pump()
    })
  }

  #pump(): void {
    while (this.#waiting.length > 0) {
      const index = this.#takers.findIndex((candidate) => candidate.free > 0)
      const taker = this.#takers[index]
      if (taker === undefined) return
      if (this.#takers.length > 1) {
        this.#takers.splice(index, 1)
        this.#takers.push(taker)
      }
      void this.#run(taker, this.#waiting.shift() as Item)
    }
  }

  async #run(taker: Taker<Item>, item: Item): Promise<void> {
    taker.free -= 1
    try {
      await taker.handle(item)
    } catch (error) {
      // What the handler left undone is enqueued again by the next reap after a lease.
      this.#onError(error)
    }
    taker.free += 1
    taker.drained?.()
    this.#schedule()
  }
}
