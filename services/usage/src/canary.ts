import { canaryChannel } from '@sluice/contracts/rpc/usage'
import { CanarySent, canarySent } from '@sluice/contracts/topics/canary-sent'
import type { EventLog, StoredEvent } from '@sluice/event-log'
import { toEvent } from '@sluice/event-log/cloud-events'
import type { Clock, Timer } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { Outbox } from '@sluice/store/outbox'
import type { WorkQueue } from '@sluice/work-queue'
import type { AlertBoard } from './alert-board.ts'
import type { UsageMetrics } from './metrics.ts'

export interface CanaryContext {
  readonly outbox: Outbox
  readonly events: EventLog
  readonly queue: WorkQueue
  readonly alerts: AlertBoard
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: UsageMetrics
  /** Whatever tells this process from others. */
  readonly instance: string
  readonly everyMs: number
}

/** Canaries that may be missing before somebody is told. */
const patience = 6
/** Older ones are what a group finds when it begins to read. */
const maxAgeMs = 24 * 3_600_000

/**
 * Sends an event the way of all facts, and waits for it at the other end: a standstill shows although nobody calls. One process of all reads them,
 * and tells the others that they arrive.
 */
export class Canary implements AsyncDisposable {
  readonly #context: CanaryContext
  readonly #timer: Timer
  #reading: AsyncDisposable | null = null
  #hearing: AsyncDisposable | null = null
  #beating: Promise<void> | null = null
  #sent = 0
  /** Monotonic ms. */
  #arrivedAt: number
  #isMissing = false

  constructor(context: CanaryContext) {
    this.#context = context
    this.#arrivedAt = context.clock.monotonic()
    this.#timer = context.clock.every(context.everyMs, () => {
      this.#beating ??= this.#beat()
        .catch((problem: unknown) => {
          context.logger.debug({ problem: messageOf(problem) }, 'no canary this time')
        })
        .finally(() => {
          this.#beating = null
        })
    })
  }

  async #beat(): Promise<void> {
    const { outbox, events, queue, clock, instance } = this.#context
    await this.#judge()
    this.#sent += 1
    const now = clock.now()
    const id = `${instance}:${String(now)}:${String(this.#sent)}`
    const fact: CanarySent = { id, instance, occurred_at: now, schema_version: 1 }
    const context = { id, source: '/sluice/usage', subject: instance, time: now, tenant: '' }
    await outbox.put([{ topic: canarySent.name, events: [toEvent(canarySent, fact, context)] }])
    this.#hearing ??= await queue.onBroadcast(canaryChannel, () => {
      this.#arrivedAt = clock.monotonic()
    })
    // Fails while the event log is away or has no such topic: the next beat tries again.
    this.#reading ??= await events.subscribe(
      canarySent.name,
      { group: 'usage-canary', maxBatch: 100 },
      (batch) => this.#arrived(batch),
    )
  }

  async #arrived(batch: readonly StoredEvent[]): Promise<void> {
    const { queue, clock, metrics } = this.#context
    const now = clock.now()
    for (const { value } of batch) {
      const { success, data } = CanarySent.safeParse(JSON.parse(value))
      if (!success) continue
      const delayMs = Math.max(0, now - data.occurred_at)
      if (delayMs > maxAgeMs) continue
      metrics.canaryDelay.set(delayMs / 1_000)
      this.#arrivedAt = clock.monotonic()
    }
    await queue.broadcast(canaryChannel, {}).catch(() => undefined)
  }

  async #judge(): Promise<void> {
    const { alerts, clock, everyMs } = this.#context
    const silentMs = clock.monotonic() - this.#arrivedAt
    const isOn = silentMs > patience * everyMs
    if (!isOn && !this.#isMissing) return
    this.#isMissing = isOn
    await alerts.turn({
      name: 'facts_stand_still',
      isOn,
      severity: 'critical',
      summary: isOn ? 'facts do not arrive in the event log' : 'facts arrive again',
      values: { silent_seconds: Math.round(silentMs / 1_000) },
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer.cancel()
    await this.#beating
    await this.#reading?.[Symbol.asyncDispose]()
    await this.#hearing?.[Symbol.asyncDispose]()
  }
}
