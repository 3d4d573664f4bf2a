import type { Clock } from '@sluice/kernel/clock'
import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import { MemoryCounts } from './memory-counts.ts'
import { MemoryJobQueue } from './memory-jobs.ts'
import { MemoryMethod } from './memory-requests.ts'
import type { ConsumeOptions, Counted, DeadLetter, Job, Json, WorkQueue } from './work-queue.ts'

export interface MemoryWorkQueueOptions {
  readonly clock: Clock
  /** Told about handlers that throw; silent without. */
  readonly logger?: Logger
}

/** The embedded adapter: jobs live as long as the process. Serialises like Redis does, so that what works here works there. */
export function createMemoryWorkQueue(options: MemoryWorkQueueOptions): WorkQueue {
  return new MemoryWorkQueue(options)
}

class MemoryWorkQueue implements WorkQueue {
  readonly adapter = 'memory'
  readonly #clock: Clock
  readonly #logger: Logger | undefined
  readonly #queues = new Map<string, MemoryJobQueue>()
  readonly #methods = new Map<string, MemoryMethod>()
  readonly #channels = new Map<string, Set<(message: Json) => void>>()
  readonly #counts: MemoryCounts
  #closed = false

  constructor({ clock, logger }: MemoryWorkQueueOptions) {
    this.#clock = clock
    this.#logger = logger
    this.#counts = new MemoryCounts(clock)
  }

  async enqueue(
    queue: string,
    payload: Json,
    options?: { readonly dedupeId?: string },
  ): Promise<void> {
    this.#queue(queue).enqueue(payload, options?.dedupeId)
  }

  async consume(
    queue: string,
    options: ConsumeOptions,
    handler: (job: Job) => Promise<void>,
  ): Promise<AsyncDisposable> {
    return this.#queue(queue).consume(options, handler)
  }

  async deadLetters(queue: string, group: string): Promise<readonly DeadLetter[]> {
    return this.#queue(queue).deadLetters(group)
  }

  async depth(queue: string, group: string): Promise<number> {
    return this.#queue(queue).depth(group)
  }

  async request(
    method: string,
    payload: Json,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<Json> {
    return this.#method(method).request(payload, timeoutMs)
  }

  async respond(
    method: string,
    handler: (payload: Json) => Promise<Json>,
  ): Promise<AsyncDisposable> {
    return this.#method(method).respond(handler)
  }

  async broadcast(channel: string, message: Json): Promise<void> {
    this.#assertOpen()
    const handlers = this.#channels.get(channel)
    if (!handlers) return
    const text = JSON.stringify(message)
    queueMicrotask(() => {
      for (const handler of handlers) this.#deliver(channel, text, handler)
    })
  }

  async onBroadcast(channel: string, handler: (message: Json) => void): Promise<AsyncDisposable> {
    this.#assertOpen()
    const handlers = this.#channels.get(channel) ?? new Set()
    this.#channels.set(channel, handlers)
    // Wrapped, so that one function registered twice is two handlers.
    const own = (message: Json) => {
      handler(message)
    }
    handlers.add(own)
    const stop = async () => {
      handlers.delete(own)
    }
    return { [Symbol.asyncDispose]: stop }
  }

  async count(name: string, windowMs: number, by = 1): Promise<Counted> {
    this.#assertOpen()
    return this.#counts.count(name, windowMs, by)
  }

  async ping(): Promise<void> {
    this.#assertOpen()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    const owned = [...this.#queues.values(), ...this.#methods.values()]
    await Promise.all(owned.map((part) => part[Symbol.asyncDispose]()))
    this.#channels.clear()
  }

  #deliver(channel: string, text: string, handler: (message: Json) => void): void {
    try {
      handler(JSON.parse(text) as Json)
    } catch (thrown) {
      // A broadcast is a hint: one listener's failure is neither the sender's nor the other listeners'.
      this.#logger?.error({ err: thrown, channel }, 'broadcast handler failed')
    }
  }

  #queue(name: string): MemoryJobQueue {
    this.#assertOpen()
    const queue =
      this.#queues.get(name) ??
      new MemoryJobQueue(this.#clock, this.#logger?.child({ queue: name }))
    this.#queues.set(name, queue)
    return queue
  }

  #method(name: string): MemoryMethod {
    this.#assertOpen()
    const method = this.#methods.get(name) ?? new MemoryMethod(this.#clock, name)
    this.#methods.set(name, method)
    return method
  }

  #assertOpen(): void {
    if (this.#closed) {
      throw new GatewayError(kernelErrors.dependency_unavailable, 'the work queue is closed')
    }
  }
}
