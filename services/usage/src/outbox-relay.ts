import type { EventLog } from '@sluice/event-log'
import { type Clock, sleep } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { UsageStore } from '@sluice/store/usage-store'
import type { UsageConfig } from './config.ts'
import type { UsageMetrics } from './metrics.ts'

export interface RelayContext {
  readonly config: UsageConfig
  readonly store: UsageStore
  readonly events: EventLog
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: UsageMetrics
}

/** Outbox batches taken per round: bounds how long one round holds their rows. */
const batchesPerRound = 20
const maxBackoffMs = 5_000

/**
 * Moves the outbox into the event log, one round after the other. At least once: a batch is forgotten only after the event log took it, so a
 * crash in between repeats it under the same event ids.
 */
export class OutboxRelay implements AsyncDisposable {
  readonly #context: RelayContext
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #wake: () => void = () => undefined
  #failures = 0
  #isFilling = false

  constructor(context: RelayContext) {
    this.#context = context
    this.#running = this.#run()
  }

  /** Something was put into the outbox. */
  nudge(): void {
    this.#wake()
  }

  async #run(): Promise<void> {
    const { clock, config } = this.#context
    while (!this.#stop.signal.aborted) {
      const more = await this.#round()
      if (more) continue
      const backoff = Math.min(
        maxBackoffMs,
        config.relayIntervalMs * 2 ** Math.min(this.#failures, 10),
      )
      const waitMs = this.#failures > 0 ? backoff : config.relayIntervalMs
      await this.#pause(sleep(clock, waitMs, this.#stop.signal))
    }
  }

  /** A nudge ends the pause early, unless the event log just failed: it is not asked more often because there is more to tell it. */
  async #pause(timeout: Promise<void>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    if (this.#failures === 0) this.#wake = resolve
    await Promise.race([promise, timeout]).catch(() => undefined) // only the abort of #stop rejects
    this.#wake = () => undefined
  }

  /** True = the outbox may hold more. */
  async #round(): Promise<boolean> {
    const { store, events, metrics, logger } = this.#context
    try {
      const published = await store.relay(batchesPerRound, (batch) =>
        events.publish(batch.topic, batch.events),
      )
      metrics.relayed.inc(published)
      if (this.#failures > 0) logger.info('the event log takes events again')
      this.#failures = 0
      this.#isFilling = false
      return published > 0
    } catch (error) {
      metrics.relayFailures.inc()
      // Once per outage: the backlog metric tells the rest.
      if (this.#failures === 0)
        logger.warn({ problem: messageOf(error) }, 'events wait in the outbox')
      this.#failures += 1
      await this.#warnWhenFilling()
      return false
    }
  }

  /** Nothing is refused or dropped at any length, so somebody has to hear of it while the disk has room. Once per outage. */
  async #warnWhenFilling(): Promise<void> {
    const { store, config, logger } = this.#context
    if (this.#isFilling) return
    // The database may be what is away.
    const waiting = await store.backlog().catch(() => 0)
    if (waiting < config.outboxMaxEvents / 2) return
    this.#isFilling = true
    const { outboxMaxEvents: limit } = config
    logger.error({ waiting, limit }, 'the outbox is more than half full: the event log is away')
  }

  /** Stops the rounds and tries one last time, so that a clean shutdown leaves nothing behind. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stop.signal.aborted) return
    this.#stop.abort()
    await this.#running
    while (await this.#round());
  }
}
