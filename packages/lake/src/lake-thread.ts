import { Worker } from 'node:worker_threads'
import type { EventBatch, EventLog, StoredEvent } from '@sluice/event-log'
import { encodeEvents } from '@sluice/event-log/record-batch'
import type { Clock } from '@sluice/kernel/clock'
import type { ErasedTable, LakePeriod, LakeSubject, MaintainedTable } from './lake.ts'
import {
  type FromLakeThread,
  type LakeTask,
  type LakeThreadOptions,
  toError,
  toFailure,
  type ToLakeThread,
} from './lake-tasks.ts'
import type { LakeReconciliation } from './reconcile.ts'
import type { Written } from './topic-writer.ts'

export interface LakeThreadParts extends LakeThreadOptions {
  readonly events: Pick<EventLog, 'read' | 'readBatches'>
  readonly clock: Clock
  /** Told of every commit. */
  readonly onWritten: (table: string, written: Written) => void
}

/** Events that are packed together where the log keeps no batches of its own. */
const eventsPerBatch = 500
/** What is written dies young: a small nursery costs little time and spares tens of megabytes. */
const resourceLimits = { maxYoungGenerationSizeMb: 16 }
/** A thread has the conditions of its process, but for one whose process finds our source in another way (the test runner). */
const sourceArguments = ['--conditions=@sluice/source', '--disable-warning=ExperimentalWarning']

/**
 * The lake in a folder, written by a thread of its own: to decode, sort and compress what came in takes tens of milliseconds, in which the main
 * thread would answer nobody. That one only hands over batches of the event log, as they are. The thread is started by the first task, and anew
 * by the first one after it was lost; whatever it had begun is not there, or there whole.
 */
export class LakeThread implements AsyncDisposable {
  readonly #parts: LakeThreadParts
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  #worker: Worker | null = null
  #lastId = 0
  #disposed = false

  constructor(parts: LakeThreadParts) {
    this.#parts = parts
  }

  /** Until everything is in the lake that was in the log when it came to its end. */
  async write(): Promise<void> {
    await this.#run({ kind: 'write' })
  }

  async maintain(): Promise<readonly MaintainedTable[]> {
    return (await this.#run({ kind: 'maintain' })) as readonly MaintainedTable[]
  }

  async erase(subject: LakeSubject): Promise<readonly ErasedTable[]> {
    return (await this.#run({ kind: 'erase', subject })) as readonly ErasedTable[]
  }

  async reconcile(period: LakePeriod, bills: number): Promise<LakeReconciliation> {
    return (await this.#run({ kind: 'reconcile', period, bills })) as LakeReconciliation
  }

  /** Whatever it is at is lost: tasks are waited for before. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    await this.#worker?.terminate()
  }

  #run(task: LakeTask): Promise<unknown> {
    if (this.#disposed) return Promise.reject(new Error('the lake is closed'))
    const worker = (this.#worker ??= this.#start())
    const id = (this.#lastId += 1)
    const answer = Promise.withResolvers<unknown>()
    this.#waiting.set(id, answer)
    // The process does not end in the middle of a task.
    worker.ref()
    this.#send(worker, { id, task, now: this.#parts.clock.now() })
    return answer.promise
  }

  #start(): Worker {
    const { folder, keepSnapshotsMs, orphanAgeMs } = this.#parts
    const workerData: LakeThreadOptions = { folder, keepSnapshotsMs, orphanAgeMs }
    // Node runs the source as it is; the build has the same file beside this one, compiled.
    const isSource = import.meta.url.endsWith('.ts')
    const file = new URL(isSource ? './lake-worker.ts' : './lake-worker.js', import.meta.url)
    const execArgv = isSource ? sourceArguments : []
    const worker = new Worker(file, { workerData, execArgv, resourceLimits })
    worker.unref()
    worker.on('message', (message: FromLakeThread) => {
      if ('table' in message) this.#parts.onWritten(message.table, message.written)
      else if ('read' in message) void this.#read(worker, message)
      else this.#settle(worker, message)
    })
    worker.on('error', (error: unknown) => {
      this.#lose(worker, error)
    })
    worker.on('exit', () => {
      this.#lose(worker)
    })
    return worker
  }

  #send(worker: Worker, message: ToLakeThread): void {
    worker.postMessage(message)
  }

  #settle(worker: Worker, message: Extract<FromLakeThread, { id: number }>): void {
    const answer = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (this.#waiting.size === 0) worker.unref()
    if ('result' in message) answer?.resolve(message.result)
    else answer?.reject(toError(message.failure))
  }

  #lose(worker: Worker, cause?: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = null
    for (const { reject } of this.#waiting.values())
      reject(new Error('the lake’s thread has ended', { cause }))
    this.#waiting.clear()
  }

  async #read(worker: Worker, asked: Extract<FromLakeThread, { read: number }>): Promise<void> {
    const { read } = asked
    const now = () => this.#parts.clock.now()
    try {
      this.#send(worker, { read, batches: await this.#batches(asked), now: now() })
    } catch (thrown) {
      this.#send(worker, { read, failure: toFailure(thrown), now: now() })
    }
  }

  async #batches({
    topic,
    partition,
    offset,
  }: Extract<FromLakeThread, { read: number }>): Promise<readonly EventBatch[]> {
    const { events } = this.#parts
    if (events.readBatches) return events.readBatches(topic, partition, offset)
    const found = await events.read(topic, partition, offset, eventsPerBatch)
    return packed(found)
  }
}

/** Offsets of Kafka may have gaps, those of a batch have none. */
function packed(events: readonly StoredEvent[]): Promise<EventBatch[]> {
  const runs: StoredEvent[][] = []
  for (const event of events) {
    const run = runs.at(-1)
    const last = run?.at(-1)
    if (run && last && event.offset === last.offset + 1n) run.push(event)
    else runs.push([event])
  }
  return Promise.all(
    runs.map(async (run) => ({
      firstOffset: run[0]?.offset ?? 0n,
      records: await encodeEvents(run),
    })),
  )
}
