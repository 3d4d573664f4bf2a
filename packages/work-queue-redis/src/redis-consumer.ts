import { sleep, type Clock } from '@sluice/kernel/clock'
import { GatewayError, messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { ConsumeOptions, Job, Json } from '@sluice/work-queue'
import { defaultLeaseMs, defaultMaxDeliveries, retryPauseMs } from '@sluice/work-queue/job-policy'
import { Intake } from './intake.ts'
import type { QueueKeys } from './keys.ts'
import type { RedisConnection } from './redis-connection.ts'

/** Bounds how long a job waits whose wake-up hint was lost. */
const maxTickMs = 1000
const settleAgainMs = 500
/** What an error may take up in a dead letter. */
const maxErrorLength = 2000
/** Our timer and Redis' clock need not agree on the last millisecond. */
const restMarginMs = 5

export interface RedisConsumerParts {
  readonly connection: RedisConnection
  readonly clock: Clock
  readonly logger: Logger | undefined
  readonly keys: QueueKeys
  /** Unique among all consumers of the group, now and later. */
  readonly name: string
}

/** A job this consumer holds; `(consumer, delivery)` is what Redis knows the holder by. */
interface Taken {
  readonly id: string
  readonly text: string
  readonly delivery: number
}

/**
 * One worker of a group. It takes jobs when it is woken, when a slot becomes free and at every tick; a tick also renews the leases of what
 * runs and takes over what dead workers left. While Redis is away handlers run on, and its return starts everything again.
 */
export class RedisConsumer implements AsyncDisposable {
  readonly #parts: RedisConsumerParts
  readonly #handler: (job: Job) => Promise<void>
  readonly #group: string
  readonly #leaseMs: number
  readonly #maxDeliveries: number
  readonly #intake: Intake<Taken>
  readonly #held = new Set<Taken>()
  readonly #cleanUp = new DisposableStack()
  #mayTakeOver = true
  /** Monotonic ms before which nobody's job is taken over: after a gap the living renew first. */
  #takeOverFrom = 0
  #isRenewing = false
  #stopped: Promise<void> | null = null

  constructor(
    parts: RedisConsumerParts,
    options: ConsumeOptions,
    handler: (job: Job) => Promise<void>,
  ) {
    this.#parts = parts
    this.#handler = handler
    this.#group = options.group
    this.#leaseMs = options.leaseMs ?? defaultLeaseMs
    this.#maxDeliveries = options.maxDeliveries ?? defaultMaxDeliveries
    this.#intake = new Intake({
      concurrency: options.concurrency,
      take: (free) => this.#take(free),
      run: (job) => this.#run(job),
      onTakeFailed(error) {
        // Away is said once, by the connection.
        const level = GatewayError.is(error) ? 'debug' : 'error'
        parts.logger?.[level]({ err: error }, 'could not take jobs')
      },
    })
  }

  /** Resolves when the group exists, or when Redis turned out to be away: then it is made as soon as Redis returns. Rejects when Redis refuses. */
  async start(): Promise<void> {
    const { connection, clock, keys, logger } = this.#parts
    this.#cleanUp.use(clock.every(Math.min(maxTickMs, this.#leaseMs / 5), () => this.#tick()))
    this.#cleanUp.defer(
      connection.onReturn(() => {
        this.#takeOverFrom = clock.monotonic() + this.#leaseMs
        this.#tick()
      }),
    )
    const unsubscribe = await connection.subscribe(keys.wake, () => this.#intake.wake())
    this.#cleanUp.defer(unsubscribe)
    await connection.run('join', [keys.stream], [this.#group]).catch((error: unknown) => {
      if (!GatewayError.is(error)) throw error
      logger?.warn({ err: error }, 'consumer starts while redis is away')
    })
    this.#intake.wake()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    const { connection, keys, name } = this.#parts
    await this.#intake.stop() // leases are renewed until the last handler has ended
    this.#cleanUp.dispose()
    // Away: the name is forgotten by a later `join`.
    await connection.run('leave', [keys.stream], [this.#group, name]).catch(() => undefined)
  }

  #tick(): void {
    void this.#renew()
    this.#mayTakeOver = true
    this.#intake.wake()
  }

  async #take(free: number): Promise<readonly Taken[]> {
    const { connection, clock, keys, name } = this.#parts
    const takeOver = this.#mayTakeOver && clock.monotonic() >= this.#takeOverFrom
    this.#mayTakeOver = false
    const reply = await connection.run(
      'take',
      [keys.stream, keys.dead(this.#group)],
      [this.#group, name, free, this.#leaseMs, this.#maxDeliveries, takeOver ? 1 : 0],
    )
    const taken = (reply as [string, string, number][]).map(([id, text, delivery]) => ({
      id,
      text,
      delivery,
    }))
    for (const job of taken) this.#held.add(job)
    return taken
  }

  async #renew(): Promise<void> {
    if (this.#held.size === 0 || this.#isRenewing) return
    const { connection, keys, name, logger } = this.#parts
    const held = [...this.#held]
    this.#isRenewing = true
    try {
      const leases = held.flatMap(({ id, delivery }) => [id, delivery])
      const lost = (await connection.run(
        'renew',
        [keys.stream],
        [this.#group, name, ...leases],
      )) as string[]
      for (const job of held) {
        if (!lost.includes(job.id) || !this.#held.delete(job)) continue
        logger?.warn({ job: job.id }, 'lease lost: another worker has the job as well')
      }
    } catch (error) {
      logger?.debug({ err: error }, 'could not renew leases') // the next tick does
    } finally {
      this.#isRenewing = false
    }
  }

  async #run(job: Taken): Promise<void> {
    const { id, text, delivery } = job
    try {
      await this.#handler({ id, payload: JSON.parse(text) as Json, delivery })
    } catch (thrown) {
      await this.#fail(job, thrown)
      return
    }
    await this.#settle('finish', job, [])
  }

  async #fail(job: Taken, thrown: unknown): Promise<void> {
    const { clock, logger } = this.#parts
    const pauseMs = retryPauseMs(job.delivery, this.#leaseMs)
    const reason = messageOf(thrown).slice(0, maxErrorLength)
    const outcome = await this.#settle('fail', job, [
      this.#maxDeliveries,
      Math.ceil(this.#leaseMs - pauseMs),
      reason,
    ])
    const fields = { err: thrown, job: job.id, delivery: job.delivery }
    if (outcome === 2) {
      logger?.error(fields, 'job moved to the dead letters')
      return
    }
    logger?.warn(fields, 'job failed and will be delivered again')
    clock.after(pauseMs + restMarginMs, () => {
      this.#mayTakeOver = true
      this.#intake.wake()
    })
  }

  /** Tells Redis how a job ended, and goes on trying while Redis is away: a job that is not settled is done twice. */
  async #settle(step: string, job: Taken, rest: readonly (string | number)[]): Promise<unknown> {
    const { connection, clock, keys, name, logger } = this.#parts
    const args = [this.#group, name, job.id, job.delivery, ...rest]
    try {
      for (;;) {
        try {
          return await connection.run(step, [keys.stream, keys.dead(this.#group)], args)
        } catch (error) {
          if (!GatewayError.is(error) || this.#stopped) throw error
        }
        await sleep(clock, settleAgainMs)
      }
    } catch (error) {
      logger?.error(
        { err: error, job: job.id },
        'job could not be settled and will be delivered again',
      )
      return 0
    } finally {
      this.#held.delete(job)
    }
  }
}
