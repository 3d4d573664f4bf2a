import { generationFinished } from '@sluice/contracts/topics/generation-finished'
import { routeDecided } from '@sluice/contracts/topics/route-decided'
import { usageRecorded } from '@sluice/contracts/topics/usage-recorded'
import type { EventLog, NewEvent } from '@sluice/event-log'
import { eventLogErrors } from '@sluice/event-log/errors'
import { type Clock, sleep } from '@sluice/kernel/clock'
import { GatewayError, messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { Outbox } from '@sluice/store/outbox'
import type { RelayMetrics } from './relay-metrics.ts'

export interface RelayContext {
  readonly outbox: Outbox
  readonly events: EventLog
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: RelayMetrics
  /** How often the outbox is looked at when nothing is known to wait, ms. */
  readonly intervalMs: number
  /** The event log just failed, or takes events again. */
  readonly onOutage?: (isOver: boolean) => void
}

/** Batches published together: bounds what one call holds in memory, and what a crash repeats. */
const batchesAtOnce = 20
const maxBackoffMs = 5_000

/** One event per key: their order says nothing, so that several relays may publish them at once. */
const anyOrder: ReadonlySet<string> = new Set([
  usageRecorded.name,
  routeDecided.name,
  generationFinished.name,
])

/**
 * Moves an outbox into the event log; any number of processes may. Topics do not wait for each other: one that is missing, or refuses an event,
 * holds up nothing else. At least once: what was published is forgotten only after the event log took it, so a crash in between repeats it
 * under the same event ids. In order, per topic, where the order says something.
 */
export class OutboxRelay implements AsyncDisposable {
  readonly #context: RelayContext
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  /** Topics that failed in the last round. */
  readonly #failing = new Set<string>()
  #wake: () => void = () => undefined
  #failures = 0

  constructor(context: RelayContext) {
    this.#context = context
    this.#running = this.#run()
  }

  /** Something was put into the outbox. */
  nudge(): void {
    this.#wake()
  }

  async #run(): Promise<void> {
    const { clock, intervalMs } = this.#context
    while (!this.#stop.signal.aborted) {
      const more = await this.#round()
      if (more && this.#failures === 0) continue
      const backoff = Math.min(maxBackoffMs, intervalMs * 2 ** Math.min(this.#failures, 10))
      const waitMs = this.#failures > 0 ? backoff : intervalMs
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
    const { outbox, logger, onOutage } = this.#context
    try {
      const topics = await outbox.waiting()
      const published = await Promise.all(topics.map((topic) => this.#topic(topic)))
      const failed = published.filter((count) => count === null).length
      if (failed > 0) this.#failures += 1
      else if (this.#failures > 0) {
        logger.info('the event log takes events again')
        this.#failures = 0
        onOutage?.(true)
      }
      return published.some((count) => count !== null && count > 0)
    } catch (error) {
      // The database is away.
      this.#failed('', error)
      this.#failures += 1
      return false
    }
  }

  /** How many events were published; null when the event log did not take them. */
  async #topic(topic: string): Promise<number | null> {
    const { outbox, metrics, onOutage } = this.#context
    const options = { limit: batchesAtOnce, inOrder: !anyOrder.has(topic) }
    try {
      const published = await outbox.relay(topic, options, (events) => this.#publish(topic, events))
      metrics.relayed.inc(published)
      this.#failing.delete(topic)
      return published
    } catch (error) {
      this.#failed(topic, error)
      onOutage?.(false)
      return null
    }
  }

  /** Once per outage and topic: the backlog metric tells the rest. */
  #failed(topic: string, error: unknown): void {
    const { metrics, logger } = this.#context
    metrics.failures.inc()
    if (this.#failing.has(topic)) return
    this.#failing.add(topic)
    logger.warn({ topic, problem: messageOf(error) }, 'events wait in the outbox')
  }

  /** What the event log refuses for good, by itself; everything else was taken. */
  async #publish(topic: string, batch: readonly NewEvent[]): Promise<readonly NewEvent[]> {
    const { events, metrics, logger } = this.#context
    try {
      await events.publish(topic, batch)
      return []
    } catch (thrown) {
      if (!isRefused(thrown)) throw thrown
      if (batch.length === 1) {
        const [event] = batch
        const { id, tenant } = event?.attributes ?? {}
        const fields = { topic, id, tenant, bytes: event?.value.length }
        logger.error(fields, 'the event log refuses an event: it is kept apart')
        metrics.refused.inc()
        return batch
      }
      const middle = batch.length >> 1
      const before = await this.#publish(topic, batch.slice(0, middle))
      return [...before, ...(await this.#publish(topic, batch.slice(middle)))]
    }
  }

  /** Stops the rounds and tries one last time, so that a clean shutdown leaves nothing behind. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stop.signal.aborted) return
    this.#stop.abort()
    await this.#running
    for (let failures = this.#failures; await this.#round();) if (this.#failures > failures) return
  }
}

function isRefused(thrown: unknown): boolean {
  return GatewayError.is(thrown) && thrown.code === eventLogErrors.event_refused.code
}
