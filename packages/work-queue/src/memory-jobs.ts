import type { Clock, Timer } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import { dedupeWindowMs, defaultLeaseMs, defaultMaxDeliveries, retryPauseMs } from './job-policy.ts'
import type { ConsumeOptions, DeadLetter, Job, Json } from './work-queue.ts'

const dedupeSweepMs = 60_000

/** A job leaves its queue when every group that exists has finished it. Kept as text, so that each delivery is a copy. */
interface StoredJob {
  readonly id: string
  readonly text: string
  readonly unfinishedBy: Set<JobGroup>
}

interface Delivery {
  readonly job: StoredJob
  /** 1 for the first. */
  readonly count: number
}

interface Consumer {
  readonly options: ConsumeOptions
  readonly handler: (job: Job) => Promise<void>
  readonly running: Set<Promise<void>>
}

/** One named queue: its jobs, its groups, and the dedupe ids of the last ten minutes. */
export class MemoryJobQueue implements AsyncDisposable {
  readonly #clock: Clock
  readonly #logger: Logger | undefined
  readonly #jobs = new Map<string, StoredJob>()
  readonly #groups = new Map<string, JobGroup>()
  readonly #dedupeUntil = new Map<string, number>()
  #nextDedupeSweepAt = 0
  #lastId = 0

  constructor(clock: Clock, logger: Logger | undefined) {
    this.#clock = clock
    this.#logger = logger
  }

  enqueue(payload: Json, dedupeId?: string): void {
    if (dedupeId !== undefined && this.#isRepeated(dedupeId)) return
    this.#lastId += 1
    const job: StoredJob = {
      id: String(this.#lastId),
      text: JSON.stringify(payload),
      unfinishedBy: new Set(this.#groups.values()),
    }
    this.#jobs.set(job.id, job)
    for (const group of job.unfinishedBy) group.add(job)
  }

  consume(options: ConsumeOptions, handler: (job: Job) => Promise<void>): AsyncDisposable {
    return this.#group(options.group).consume(options, handler)
  }

  deadLetters(group: string): readonly DeadLetter[] {
    const letters = this.#groups.get(group)?.deadLetters ?? []
    return letters.map(({ job, count, error }) => ({
      id: job.id,
      payload: JSON.parse(job.text) as Json,
      deliveries: count,
      error,
    }))
  }

  depth(group: string): number {
    return this.#groups.get(group)?.unfinished ?? this.#jobs.size
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#groups.values()].map((group) => group[Symbol.asyncDispose]()))
  }

  #group(name: string): JobGroup {
    const known = this.#groups.get(name)
    if (known) return known
    const logger = this.#logger?.child({ group: name })
    const group = new JobGroup(this.#clock, logger, (job) => {
      job.unfinishedBy.delete(group)
      if (job.unfinishedBy.size === 0) this.#jobs.delete(job.id)
    })
    this.#groups.set(name, group)
    for (const job of this.#jobs.values()) {
      job.unfinishedBy.add(group)
      group.add(job)
    }
    return group
  }

  #isRepeated(dedupeId: string): boolean {
    const now = this.#clock.now()
    if (now >= this.#nextDedupeSweepAt) {
      for (const [id, until] of this.#dedupeUntil) if (until <= now) this.#dedupeUntil.delete(id)
      this.#nextDedupeSweepAt = now + dedupeSweepMs
    }
    if ((this.#dedupeUntil.get(dedupeId) ?? 0) > now) return true
    this.#dedupeUntil.set(dedupeId, now + dedupeWindowMs)
    return false
  }
}

/** The consumers of one group and what they have not finished. In one process a worker cannot die alone, so a lease never runs out. */
class JobGroup implements AsyncDisposable {
  readonly deadLetters: (Delivery & { readonly error: string })[] = []
  unfinished = 0
  readonly #clock: Clock
  readonly #logger: Logger | undefined
  readonly #onFinished: (job: StoredJob) => void
  readonly #ready: Delivery[] = []
  readonly #consumers = new Set<Consumer>()
  readonly #pauses = new Set<Timer>()

  constructor(clock: Clock, logger: Logger | undefined, onFinished: (job: StoredJob) => void) {
    this.#clock = clock
    this.#logger = logger
    this.#onFinished = onFinished
  }

  add(job: StoredJob): void {
    this.unfinished += 1
    this.#ready.push({ job, count: 1 })
    this.#dispatch()
  }

  consume(options: ConsumeOptions, handler: (job: Job) => Promise<void>): AsyncDisposable {
    const consumer: Consumer = { options, handler, running: new Set() }
    this.#consumers.add(consumer)
    this.#dispatch()
    return { [Symbol.asyncDispose]: () => this.#stop(consumer) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => this.#stop(consumer)))
    for (const pause of this.#pauses) pause.cancel()
  }

  async #stop(consumer: Consumer): Promise<void> {
    this.#consumers.delete(consumer)
    await Promise.all(consumer.running)
  }

  #dispatch(): void {
    for (const consumer of this.#consumers) {
      while (consumer.running.size < consumer.options.concurrency) {
        const delivery = this.#ready.shift()
        if (!delivery) return
        const run = this.#run(consumer, delivery).finally(() => {
          consumer.running.delete(run)
          this.#dispatch()
        })
        consumer.running.add(run)
      }
    }
  }

  async #run({ options, handler }: Consumer, delivery: Delivery): Promise<void> {
    const { job, count } = delivery
    await Promise.resolve() // whoever enqueued must not run the handler on its own stack
    try {
      await handler({ id: job.id, payload: JSON.parse(job.text) as Json, delivery: count })
      this.#finish(job)
    } catch (thrown) {
      this.#fail(delivery, options, thrown)
    }
  }

  #fail(delivery: Delivery, options: ConsumeOptions, thrown: unknown): void {
    const { leaseMs = defaultLeaseMs, maxDeliveries = defaultMaxDeliveries } = options
    const { job, count } = delivery
    const fields = { err: thrown, job: job.id, delivery: count }
    if (count >= maxDeliveries) {
      this.deadLetters.push({ job, count, error: messageOf(thrown) })
      this.#finish(job)
      this.#logger?.error(fields, 'job moved to the dead letters')
      return
    }
    const pause = this.#clock.after(retryPauseMs(count, leaseMs), () => {
      this.#pauses.delete(pause)
      this.#ready.push({ job, count: count + 1 })
      this.#dispatch()
    })
    this.#pauses.add(pause)
    this.#logger?.warn(fields, 'job failed and will be delivered again')
  }

  #finish(job: StoredJob): void {
    this.unfinished -= 1
    this.#onFinished(job)
  }
}
