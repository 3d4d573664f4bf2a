import {
  KeyRest,
  keyRestChannel,
  ProviderReset,
  providerResetChannel,
  type ProviderStandings,
  standingsChannel,
} from '@sluice/contracts/rpc/provider-adapter'
import type { Clock, Timer } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import { BackgroundTasks } from '@sluice/kernel/tasks'
import type { Json, WorkQueue } from '@sluice/work-queue'
import type { ProviderHealth } from './provider-health.ts'
import type { Providers } from './providers.ts'

export interface FellowAdaptersOptions {
  /** Names this process among its like. */
  readonly instance: string
  readonly providers: Providers
  readonly upstreams: ProviderHealth
  readonly queue: WorkQueue
  readonly clock: Clock
  readonly logger: Logger
  /** How often it tells how its providers stand; 0 = never. */
  readonly intervalMs: number
}

/**
 * What provider-adapters tell each other and the routers, all of it by broadcast and so best effort: how their providers stand, that a key of a pool
 * was told to rest, and that an operator resets a provider. Whoever misses a word finds out by itself.
 */
export class FellowAdapters implements AsyncDisposable {
  readonly #options: FellowAdaptersOptions
  readonly #tasks: BackgroundTasks
  readonly #timer: Timer | null
  readonly #subscriptions = new AsyncDisposableStack()

  constructor(options: FellowAdaptersOptions) {
    const { clock, intervalMs, logger } = options
    this.#options = options
    this.#tasks = new BackgroundTasks(logger)
    this.#timer =
      intervalMs === 0
        ? null
        : clock.every(intervalMs, () => {
            this.#tellStandings()
          })
  }

  async start(): Promise<void> {
    const { queue, logger } = this.#options
    try {
      this.#subscriptions.use(
        await queue.onBroadcast(providerResetChannel, (message) => {
          const heard = ProviderReset.safeParse(message)
          if (heard.success) this.#reset(heard.data.id)
        }),
      )
      this.#subscriptions.use(
        await queue.onBroadcast(keyRestChannel, (message) => {
          const heard = KeyRest.safeParse(message)
          if (heard.success) this.#rest(heard.data)
        }),
      )
    } catch (problem) {
      logger.warn({ problem: messageOf(problem) }, 'no broadcasts: others are not heard')
    }
  }

  /** A provider said so of one of several keys. */
  tellRest(rest: Omit<KeyRest, 'instance'>): void {
    this.#tell(keyRestChannel, { ...rest, instance: this.#options.instance })
  }

  #reset(id: string): void {
    const { upstreams, logger } = this.#options
    if (upstreams.reset(id)) logger.info({ provider: id }, 'a provider was reset')
    this.#tellStandings()
  }

  #rest({ instance, id, number, keys, ms }: KeyRest): void {
    const { providers } = this.#options
    if (instance !== this.#options.instance) providers.rest(id, { number, keys }, ms)
  }

  #tellStandings(): void {
    const { instance, providers, upstreams, clock } = this.#options
    const at = clock.now()
    const standings = providers.standings().map(({ name, down, ...counts }) => ({
      ...counts,
      id: name,
      status: down === 1 ? ('down' as const) : upstreams.statusOf(name),
      at,
    }))
    this.#tell(standingsChannel, { instance, providers: standings } satisfies ProviderStandings)
  }

  #tell(channel: string, message: Json): void {
    const { queue, logger } = this.#options
    this.#tasks.run('broadcast', async () => {
      await queue.broadcast(channel, message).catch((problem: unknown) => {
        logger.debug({ channel, problem: messageOf(problem) }, 'not broadcast')
      })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.cancel()
    await this.#subscriptions.disposeAsync()
    await this.#tasks[Symbol.asyncDispose]()
  }
}
