import type { CatalogueSource } from '@sluice/catalogue/open-catalogue'
import { CatalogueChanged, catalogueChannel, readStoredRows } from '@sluice/contracts/rpc/router'
import type { Clock, Timer } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { WorkQueue } from '@sluice/work-queue'
import { callRpc } from '@sluice/work-queue/rpc'

export interface RowsWatchOptions {
  readonly catalogue: CatalogueSource
  readonly queue: WorkQueue
  readonly clock: Clock
  readonly logger: Logger
}

const intervalMs = 5_000
const timeoutMs = 4_000

/**
 * Keeps this process's catalogue at the rows that the router has from the database: asks when it hears of a change, and every five seconds, since a
 * broadcast may get lost. While no router answers, and when one answers what cannot be used, the last rows stay.
 */
export class RowsWatch implements AsyncDisposable {
  readonly #options: RowsWatchOptions
  readonly #timer: Timer
  /** Of the rows that are in the catalogue. */
  #revision: number | null = null
  #asking: Promise<void> | null = null
  /** Heard of while an answer was under way: it may be older. */
  #isOutdated = false
  #isAway = false
  #subscription: AsyncDisposable | null = null

  constructor(options: RowsWatchOptions) {
    this.#options = options
    this.#timer = options.clock.every(intervalMs, () => void this.ask(null))
  }

  async start(): Promise<void> {
    const { queue, logger } = this.#options
    try {
      this.#subscription = await queue.onBroadcast(catalogueChannel, (message) => {
        const heard = CatalogueChanged.safeParse(message)
        if (heard.success && heard.data.revision === this.#revision) return
        this.#isOutdated = this.#asking !== null
        void this.ask(heard.success ? heard.data.revision : null)
      })
    } catch (problem) {
      logger.warn({ problem: messageOf(problem) }, 'no broadcasts: rows are asked for every 5 s')
    }
  }

  /** `heardOf`: a revision that there is. One question at a time. */
  ask(heardOf: number | null): Promise<void> {
    return (this.#asking ??= this.#ask(heardOf).finally(() => {
      this.#asking = null
      if (!this.#isOutdated) return
      this.#isOutdated = false
      void this.ask(null)
    }))
  }

  async #ask(heardOf: number | null): Promise<void> {
    const { catalogue, queue, logger } = this.#options
    try {
      // A router that has not heard of it yet looks into the database before it answers.
      const known = heardOf ?? this.#revision
      const answer = await callRpc(
        queue,
        readStoredRows,
        { known: this.#revision, atLeast: known },
        { timeoutMs },
      )
      if (answer.rows !== null) {
        catalogue.setStored(answer.rows)
        this.#revision = answer.revision
        logger.info({ revision: answer.revision }, 'rows of the database applied')
      }
      if (this.#isAway) logger.info('the router answers again')
      this.#isAway = false
    } catch (problem) {
      // Once per outage.
      if (!this.#isAway)
        logger.warn({ problem: messageOf(problem) }, 'no rows of the database: the last ones stay')
      this.#isAway = true
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer.cancel()
    await this.#subscription?.[Symbol.asyncDispose]()
    await this.#asking
  }
}
