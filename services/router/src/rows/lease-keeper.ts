import { noStoredRows } from '@sluice/contracts/rows/stored-rows'
import type { Clock, Timer } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import { configurationEvents } from './configuration-events.ts'
import type { StoredCatalogue } from './stored-catalogue.ts'

export interface LeaseKeeperOptions {
  readonly stored: StoredCatalogue
  readonly clock: Clock
  readonly logger: Logger
  /** Longest time between two looks. */
  readonly pollMs: number
}

/** Sooner than this after a look there is no other. */
const leastMs = 250

/**
 * Takes backends that do not renew their registration out of the catalogue: looks when the next lease ends, and every 15 s. Every router does so; a
 * lease ends once, by the database. While that is away, nobody's lease ends.
 */
export class LeaseKeeper implements AsyncDisposable {
  readonly #options: LeaseKeeperOptions
  #timer: Timer | null = null
  #looking: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(options: LeaseKeeperOptions) {
    this.#options = options
  }

  start(): void {
    this.#timer ??= this.#after(leastMs)
  }

  /** A lease was made: it may be the next one to end. */
  noteLease(endsInMs: number): void {
    if (endsInMs >= this.#options.pollMs || this.#isClosed) return
    this.#timer?.cancel()
    this.#timer = this.#after(Math.max(leastMs, endsInMs))
  }

  #after(ms: number): Timer {
    return this.#options.clock.after(ms, () => {
      this.#looking = this.#look()
    })
  }

  async #look(): Promise<void> {
    const { stored, clock, logger, pollMs } = this.#options
    let nextMs = pollMs
    try {
      const store = await stored.store()
      const at = clock.now()
      const { removed, nextEndsAt } = await store.endLeases(at, (ended, revision) =>
        configurationEvents(
          ended.map((each) => ({ remove: 'provider', ...each })),
          stored.known?.value ?? noStoredRows,
          { revision, at },
        ),
      )
      for (const { tenant, name } of removed)
        logger.warn({ tenant, provider: name }, 'a registered backend did not renew its lease')
      if (removed.length > 0) {
        const { revision } = await stored.read((stored.known?.revision ?? 0) + 1)
        await stored.announce(revision)
      }
      if (nextEndsAt !== null) nextMs = Math.min(pollMs, nextEndsAt - clock.now())
    } catch (problem) {
      logger.debug({ problem: messageOf(problem) }, 'leases were not looked at')
    }
    if (!this.#isClosed) this.#timer = this.#after(Math.max(leastMs, nextMs))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    await this.#looking
  }
}
