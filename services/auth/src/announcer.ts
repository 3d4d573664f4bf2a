import { identityChannel } from '@sluice/contracts/rpc/auth'
import { type IdentityChanged, identityChanged } from '@sluice/contracts/topics/identity-changed'
import type { EventLog, NewEvent } from '@sluice/event-log'
import { type Clock, sleep } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import { BackgroundTasks } from '@sluice/kernel/tasks'
import type { WorkQueue } from '@sluice/work-queue'
import { identityEvent } from './identity-event.ts'
import type { AuthMetrics } from './metrics.ts'

export interface AnnouncerContext {
  readonly queue: WorkQueue
  readonly events: EventLog
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: AuthMetrics
}

const batchSize = 100
/** Events that wait for the event log; past it the oldest is dropped, and said so. */
const maxUnpublished = 1_000
const lastTryMs = 2_000

/**
 * Tells others what changed: every process by broadcast, readers by event. Best effort, in the background: the change stands in the database
 * already, and whoever missed a broadcast finds out by the revision.
 */
export class Announcer implements AsyncDisposable {
  readonly #context: AnnouncerContext
  readonly #tasks: BackgroundTasks
  #unpublished: NewEvent[] = []
  #publishing: Promise<void> | null = null
  #failing = false

  constructor(context: AnnouncerContext) {
    this.#context = context
    this.#tasks = new BackgroundTasks(context.logger)
  }

  announce(change: IdentityChanged, tenant: string): void {
    const { logger, metrics } = this.#context
    const { entity, id, revision } = change
    logger.info({ entity, id, change: change.change, revision }, 'identity changed')
    metrics.changes.inc({ change: change.change })
    this.#broadcast(change)
    this.#enqueue([identityEvent(change, tenant)])
    this.publish()
  }

  /** Something changed, by whichever process: everything older than `revision` is in doubt. */
  announceRevision(revision: number): void {
    const at = this.#context.clock.now()
    this.#broadcast({ entity: 'tenant', id: '*', change: 'changed', revision, at })
  }

  /** Hands waiting events to the event log, unless that is under way. */
  publish(): void {
    if (this.#unpublished.length === 0) return
    this.#publishing ??= this.#publishAll().finally(() => {
      this.#publishing = null
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const finished = async () => {
      await this.#publishing
      await this.#publishAll()
      await this.#tasks[Symbol.asyncDispose]()
    }
    await Promise.race([finished(), sleep(this.#context.clock, lastTryMs)])
  }

  #broadcast(change: IdentityChanged): void {
    const { queue, logger } = this.#context
    this.#tasks.run('broadcast an identity change', async () => {
      await queue.broadcast(identityChannel, change).catch((error: unknown) => {
        logger.warn({ problem: messageOf(error) }, 'identity change not broadcast')
      })
    })
  }

  async #publishAll(): Promise<void> {
    const { events, logger } = this.#context
    while (this.#unpublished.length > 0) {
      const batch = this.#unpublished
      this.#unpublished = batch.splice(batchSize)
      try {
        await events.publish(identityChanged.name, batch)
        this.#failing = false
      } catch (error) {
        // Once per outage.
        if (!this.#failing) logger.warn({ problem: messageOf(error) }, 'identity events wait')
        this.#failing = true
        this.#unpublished = [...batch, ...this.#unpublished]
        this.#enqueue([])
        return
      }
    }
  }

  #enqueue(events: readonly NewEvent[]): void {
    this.#unpublished.push(...events)
    const excess = this.#unpublished.length - maxUnpublished
    if (excess <= 0) return
    this.#unpublished.splice(0, excess)
    this.#context.logger.error({ dropped: excess }, 'identity events dropped')
  }
}
