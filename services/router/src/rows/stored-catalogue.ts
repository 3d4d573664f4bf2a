import type { CatalogueSource } from '@sluice/catalogue/open-catalogue'
import { CatalogueChanged, catalogueChannel } from '@sluice/contracts/rpc/router'
import type { StoredRows } from '@sluice/contracts/rows/stored-rows'
import type { Clock, Timer } from '@sluice/kernel/clock'
import { GatewayError, messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import { applyRowChanges } from '@sluice/store/apply-row-changes'
import { configurationEvents } from './configuration-events.ts'
import type { ProviderStore, Revised, RowChange } from '@sluice/store/provider-store'
import type { WorkQueue } from '@sluice/work-queue'
import { routerErrors } from '../errors.ts'

export interface StoredCatalogueOptions {
  /** Opens it, or rejects while the database is away. Called again until it has succeeded. */
  readonly store: () => Promise<ProviderStore>
  readonly catalogue: CatalogueSource
  readonly queue: WorkQueue
  readonly clock: Clock
  readonly logger: Logger
}

/** What somebody wants to be changed, made from the rows as they are. */
export interface Edit<Result> {
  readonly changes: readonly RowChange[]
  readonly result: Result
}

const intervalMs = 2_000
const maxTries = 5

/**
 * The rows of the database in this process's catalogue. Changes that other processes made are heard of by broadcast and found by the revision every
 * two seconds; while the database is away, the last rows stay.
 */
export class StoredCatalogue implements AsyncDisposable {
  readonly #options: StoredCatalogueOptions
  #timer: Timer | null = null
  #store: ProviderStore | null = null
  #known: Revised<StoredRows> | null = null
  #loading: Promise<Revised<StoredRows>> | null = null
  #isAway = false
  #subscription: AsyncDisposable | null = null

  constructor(options: StoredCatalogueOptions) {
    this.#options = options
  }

  /** Resolves also when the database is away: then what it has is found later. */
  async start(): Promise<void> {
    const { queue, clock, logger } = this.#options
    this.#timer ??= clock.every(intervalMs, () => void this.#compare())
    try {
      this.#subscription = await queue.onBroadcast(catalogueChannel, (message) => {
        const heard = CatalogueChanged.safeParse(message)
        if (!heard.success || heard.data.revision !== this.#known?.revision) void this.#compare()
      })
    } catch (problem) {
      logger.warn({ problem: messageOf(problem) }, 'no broadcasts: changes are found every 2 s')
    }
    await this.#compare()
  }

  /** As last read; null = never. */
  get known(): Revised<StoredRows> | null {
    return this.#known
  }

  /** What is at least of this revision, if there is such a one. Rejects while nothing is known. */
  async read(atLeast: number | null): Promise<Revised<StoredRows>> {
    if (this.#known && (atLeast === null || this.#known.revision >= atLeast)) return this.#known
    return this.#load()
  }

  async store(): Promise<ProviderStore> {
    return (this.#store ??= await this.#options.store())
  }

  /**
   * Checks and makes a change as a whole: `make` may be called again when somebody else was faster, and throws what speaks against it; a catalogue that
   * could not be used is refused, too.
   */
  async change<Result>(make: (rows: StoredRows) => Edit<Result>): Promise<Result> {
    const store = await this.store()
    for (let i = 0; i < maxTries; i++) {
      const { revision, value } = await store.read()
      const { changes, result } = make(value)
      if (changes.length === 0) return result
      const next = applyRowChanges(value, changes)
      this.#options.catalogue.withStored(next)
      const facts = configurationEvents(changes, value, {
        revision: revision + 1,
        at: this.#options.clock.now(),
      })
      const written = await store.write(changes, revision, facts)
      if (written === null) continue
      this.#take({ revision: written, value: next })
      await this.announce(written)
      return result
    }
    throw new GatewayError(routerErrors.changed_meanwhile)
  }

  /** To every process. Whoever misses it finds the revision changed. */
  async announce(revision: number): Promise<void> {
    const { queue, logger } = this.#options
    await queue.broadcast(catalogueChannel, { revision }).catch((problem: unknown) => {
      logger.warn({ problem: messageOf(problem) }, 'a change of the catalogue was not broadcast')
    })
  }

  async #compare(): Promise<void> {
    const { logger } = this.#options
    try {
      const store = await this.store()
      if ((await store.revision()) !== this.#known?.revision) await this.#load()
      if (this.#isAway) logger.info('the database answers again')
      this.#isAway = false
    } catch (problem) {
      // Once per outage.
      if (!this.#isAway)
        logger.warn(
          { problem: messageOf(problem) },
          'rows of the database cannot be read: the last ones stay',
        )
      this.#isAway = true
    }
  }

  #load(): Promise<Revised<StoredRows>> {
    const load = async () => {
      const store = await this.store()
      const read = await store.read()
      this.#take(read)
      return read
    }
    return (this.#loading ??= load().finally(() => {
      this.#loading = null
    }))
  }

  #take(read: Revised<StoredRows>): void {
    const { catalogue, logger } = this.#options
    catalogue.setStored(read.value)
    this.#known = read
    const { providers, models, aliases } = read.value
    logger.info(
      {
        revision: read.revision,
        providers: providers.length,
        models: models.length,
        aliases: aliases.length,
      },
      'rows of the database applied',
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.cancel()
    await this.#subscription?.[Symbol.asyncDispose]()
    await this.#loading?.catch(() => undefined)
  }
}
