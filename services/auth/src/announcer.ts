import { identityChannel, type IdentityChange } from '@sluice/contracts/rpc/auth'
import { type Clock, sleep } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import { BackgroundTasks } from '@sluice/kernel/tasks'
import type { WorkQueue } from '@sluice/work-queue'
import type { AuthMetrics } from './metrics.ts'

export interface AnnouncerContext {
  readonly queue: WorkQueue
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: AuthMetrics
}

const lastTryMs = 2_000

/**
 * Tells every process what changed, by broadcast. Best effort, in the background: the change stands in the database already, and whoever missed it finds
 * out by the revision.
 */
export class Announcer implements AsyncDisposable {
  readonly #context: AnnouncerContext
  readonly #tasks: BackgroundTasks

  constructor(context: AnnouncerContext) {
    this.#context = context
    this.#tasks = new BackgroundTasks(context.logger)
  }

  announce(change: IdentityChange): void {
    const { logger, metrics } = this.#context
    const { entity, id, revision } = change
    logger.info({ entity, id, change: change.change, revision }, 'identity changed')
    metrics.changes.inc({ change: change.change })
    this.#broadcast(change)
  }

  /** Something changed, by whichever process: everything older than `revision` is in doubt. */
  announceRevision(revision: number): void {
    const at = this.#context.clock.now()
    this.#broadcast({ entity: 'tenant', id: '*', change: 'changed', revision, at })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.race([this.#tasks[Symbol.asyncDispose](), sleep(this.#context.clock, lastTryMs)])
  }

  #broadcast(change: IdentityChange): void {
    const { queue, logger } = this.#context
    this.#tasks.run('broadcast an identity change', async () => {
      await queue.broadcast(identityChannel, change).catch((error: unknown) => {
        logger.warn({ problem: messageOf(error) }, 'identity change not broadcast')
      })
    })
  }
}
