import { setTimeout as sleep } from 'node:timers/promises'
import { between } from '../random.ts'
import type { Client } from './client.ts'

/** How many logs are read again at once. */
const readers = 6

/** Asks for every generation's state and reads its log again from the start, some time after its call. */
export class Audit {
  readonly #client: Client
  readonly #withinMs: number
  readonly #waiting: { call: string; requestId: string; dueAt: number }[] = []
  readonly #running: Promise<void>[]
  #finishing = false

  constructor(client: Client, withinMs: number) {
    this.#client = client
    this.#withinMs = withinMs
    this.#running = Array.from({ length: readers }, () => this.#run())
  }

  add(call: string, requestId: string): void {
    this.#waiting.push({ call, requestId, dueAt: performance.now() + between(0, this.#withinMs) })
  }

  /** Resolves when everything that was added has been read. */
  async finish(): Promise<void> {
    this.#finishing = true
    await Promise.all(this.#running)
  }

  async #run(): Promise<void> {
    for (;;) {
      const now = performance.now()
      const index = this.#waiting.findIndex(({ dueAt }) => this.#finishing || dueAt <= now)
      const [item] = index < 0 ? [] : this.#waiting.splice(index, 1)
      if (item) {
        await this.#client.readOn(item.call, item.requestId, null, undefined, 'replay')
        await this.#client.describe(item.call, item.requestId)
      } else if (this.#finishing) return
      else await sleep(100)
    }
  }
}
