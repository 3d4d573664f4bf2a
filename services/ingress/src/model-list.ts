import { type ListedModel, listModels } from '@sluice/contracts/rpc/router'
import type { Clock } from '@sluice/kernel/clock'
import type { WorkQueue } from '@sluice/work-queue'
import { callRpc } from '@sluice/work-queue/rpc'

/** A list younger than this is not asked for again. With the time the router takes to see a change, callers see it within 5 s. */
const freshMs = 2_000
const timeoutMs = 2_000

/** What the router can serve, asked for at most every 2 s; while the router is away, the last list stands. */
export class ModelList {
  readonly #queue: WorkQueue
  readonly #clock: Clock
  #models: readonly ListedModel[] | null = null
  #askedAt = Number.NEGATIVE_INFINITY
  #asking: Promise<readonly ListedModel[]> | null = null

  constructor(queue: WorkQueue, clock: Clock) {
    this.#queue = queue
    this.#clock = clock
  }

  async read(): Promise<readonly ListedModel[]> {
    const known = this.#models
    if (known && this.#clock.monotonic() - this.#askedAt < freshMs) return known
    try {
      return await (this.#asking ??= this.#ask())
    } catch (error) {
      if (known) return known
      throw error
    }
  }

  async #ask(): Promise<readonly ListedModel[]> {
    try {
      const { models } = await callRpc(this.#queue, listModels, {}, { timeoutMs })
      this.#models = models
      return models
    } finally {
      this.#asking = null
      // Failures count too: with a list at hand, a router that is away is not waited for on every request.
      this.#askedAt = this.#clock.monotonic()
    }
  }
}
