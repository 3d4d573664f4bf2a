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

/** Events published together: bounds what one call holds in memory, and what a crash repeats. */
const eventsAtOnce = 5_000
const maxBackoffMs = 5_000
/** Stands among the topics for what holds the outbox. */
const database = ''

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
  /** Topics that are being drained, or wait after a failure. */
  readonly #draining = new Map<string, Promise<void>>()
  /** Failures in a row, by topic. */
  readonly #failures = new Map<string, number>()
  #wake: () => void = () => undefined

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
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      const isThere = await this.#look()
      // While the database is away it is asked no more often because there is more to tell.
      const timeout = this.#rest(clock, isThere ? intervalMs : this.#backoff(database))
      await (isThere ? Promise.race([promise, timeout]) : timeout)
    }
    await Promise.all(this.#draining.values())
  }

  /** Starts with what waits and is not on its way. False: the database is away. */
  async #look(): Promise<boolean> {
    try {
      const waiting = await this.#context.outbox.waiting()
      // What failed here and is gone has been published by another relay.
      for (const topic of this.#failures.keys())
        if (!waiting.includes(topic) && !this.#draining.has(topic)) this.#worked(topic)
      for (const topic of waiting) {
        if (this.#draining.has(topic)) continue
        const drained = this.#drain(topic).finally(() => this.#draining.delete(topic))
        this.#draining.set(topic, drained)
      }
      return true
    } catch (error) {
      this.#failed(database, error)
      return false
    }
  }

  async #drain(topic: string): Promise<void> {
    let published: number | null = 1
    while (!this.#stop.signal.aborted && published) published = await this.#batch(topic)
    if (published === null) await this.#rest(this.#context.clock, this.#backoff(topic))
  }

  /** How many events were published; null when the event log did not take them. */
  async #batch(topic: string): Promise<number | null> {
    const { outbox, metrics, onOutage } = this.#context
    const options = { limit: eventsAtOnce, inOrder: !anyOrder.has(topic) }
    try {
      const published = await outbox.relay(topic, options, (events) => this.#publish(topic, events))
      metrics.relayed.inc(published)
      if (published > 0) this.#worked(topic)
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
    const failures = this.#failures.get(topic) ?? 0
    this.#failures.set(topic, failures + 1)
    if (failures > 0) return
    logger.warn({ topic, problem: messageOf(error) }, 'events wait in the outbox')
  }

  #worked(topic: string): void {
    if (!this.#failures.delete(topic) || this.#failures.size > 0) return
    this.#context.logger.info('the event log takes events again')
    this.#context.onOutage?.(true)
  }

  #backoff(topic: string): number {
    const failures = this.#failures.get(topic) ?? 0
    return Math.min(maxBackoffMs, this.#context.intervalMs * 2 ** Math.min(failures, 10))
  }

  async #rest(clock: Clock, ms: number): Promise<void> {
    await sleep(clock, ms, this.#stop.signal).catch(() => undefined) // only the abort of #stop rejects
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
    const topics = await this.#context.outbox.waiting().catch(() => [])
    await Promise.all(
      topics.map(async (topic) => {
        while (await this.#batch(topic));
      }),
    )
  }
}

function isRefused(thrown: unknown): boolean {
  return GatewayError.is(thrown) && thrown.code === eventLogErrors.event_refused.code
}
