import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { ConsumeOptions, Job, Json, WorkQueue } from '@sluice/work-queue'

/** One promise (or omission) of the port, tried on a real adapter. The title is its name: skips and planted faults refer to it. */
export interface WorkQueueCase {
  readonly title: string
  readonly run: (bench: WorkQueueBench) => Promise<void>
}

export interface WorkQueueBenchOptions {
  readonly create: () => Promise<WorkQueue>
  /** Ends an adapter as `kill -9` of its process would. */
  readonly crash?: ((queue: WorkQueue) => Promise<void>) | undefined
  /** How long a condition may take to become true before the case fails. Default 15,000. */
  readonly patienceMs?: number
}

/** What a case works with. Everything it opens is closed after it, in reverse. */
export class WorkQueueBench implements AsyncDisposable {
  /** Names no other case and no earlier run has used. */
  readonly queue = `contract-${randomUUID()}`
  readonly method = `contract-${randomUUID()}`
  readonly channel = `contract-${randomUUID()}`
  readonly #options: WorkQueueBenchOptions
  readonly #opened = new AsyncDisposableStack()

  constructor(options: WorkQueueBenchOptions) {
    this.#options = options
  }

  async open(): Promise<WorkQueue> {
    return this.#opened.use(await this.#options.create())
  }

  async crash(queue: WorkQueue): Promise<void> {
    assert.ok(this.#options.crash, 'this adapter has no way to crash: skip the case')
    await this.#options.crash(queue)
  }

  /** A worker that keeps what it got. `behave` may hold a job or fail it. */
  async worker(
    queue: WorkQueue,
    options: Partial<ConsumeOptions> = {},
    behave: (job: Job) => Promise<void> = async () => undefined,
  ): Promise<Worker> {
    const jobs: Job[] = []
    const handler = async (job: Job) => {
      jobs.push(job)
      await behave(job)
    }
    const settings = { group: 'group', concurrency: 10, ...options }
    const consumer = await queue.consume(this.queue, settings, handler)
    const reaches = async (count: number) => {
      await this.until(
        () => jobs.length >= count,
        () => `${String(count)} jobs, got ${String(jobs.length)}`,
      )
    }
    return {
      jobs,
      reaches,
      stop: async () => consumer[Symbol.asyncDispose](),
      get payloads() {
        return jobs.map((job) => job.payload)
      },
    }
  }

  /** Waits for a condition that some callback or another process will make true. */
  async until(condition: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
    const deadline = performance.now() + (this.#options.patienceMs ?? 15_000)
    while (!(await condition())) {
      if (performance.now() > deadline) assert.fail(`waited in vain for ${what()}`)
      await pause(5)
    }
  }

  async untilDepth(queue: WorkQueue, depth: number, group = 'group'): Promise<void> {
    await this.until(
      async () => (await queue.depth(this.queue, group)) === depth,
      () => `depth ${String(depth)}`,
    )
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync()
  }
}

export interface Worker {
  readonly jobs: readonly Job[]
  readonly payloads: readonly Json[]
  reaches(count: number): Promise<void>
  stop(): Promise<void>
}

/** Real time passes: only where a case is about time, or to give something wrong the time to happen. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** A door handlers wait at until the case opens it. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}

/** A `Date` where the types say JSON: what careless callers do. */
export function withDate(): { readonly payload: Json; readonly expected: Json } {
  const at = new Date(Date.UTC(2026, 0, 2))
  const payload = { nested: { at } } as unknown as Json
  return { payload, expected: { nested: { at: '2026-01-02T00:00:00.000Z' } } }
}
