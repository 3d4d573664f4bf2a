import { randomUUID } from 'node:crypto'
import type { Clock } from '@sluice/kernel/clock'
import type { Logger } from '@sluice/kernel/logger'
import type { ConsumeOptions, Counted, DeadLetter, Job, Json, WorkQueue } from '@sluice/work-queue'
import { dedupeWindowMs } from '@sluice/work-queue/job-policy'
import { broadcastChannel, countKey, methodKeys, queueKeys } from './keys.ts'
import { RedisCaller } from './redis-caller.ts'
import { RedisConnection, unavailable } from './redis-connection.ts'
import { RedisConsumer } from './redis-consumer.ts'
import { RedisResponder } from './redis-responder.ts'
import type { RedisWorkQueueOptions } from './redis-work-queue-options.ts'

export type { RedisWorkQueueOptions } from './redis-work-queue-options.ts'

/** Connects in the background: the first call waits for the first attempt, every later one fails at once while Redis is away. */
export function createRedisWorkQueue(options: RedisWorkQueueOptions): WorkQueue {
  return new RedisWorkQueue(options)
}

class RedisWorkQueue implements WorkQueue {
  readonly adapter = 'redis'
  readonly #connection: RedisConnection
  readonly #clock: Clock
  readonly #logger: Logger | undefined
  readonly #keyPrefix: string
  /** Names this incarnation of the process: a restarted one must not be taken for its predecessor. */
  readonly #self: string
  readonly #caller: RedisCaller
  readonly #owned = new Set<AsyncDisposable>()
  #consumers = 0
  #isClosed = false

  constructor(options: RedisWorkQueueOptions) {
    const { clock, logger, keyPrefix, instanceId } = options
    this.#connection = new RedisConnection(options)
    this.#clock = clock
    this.#logger = logger
    this.#keyPrefix = keyPrefix
    this.#self = `${instanceId}:${randomUUID()}`
    const replyTo = `${keyPrefix}reply:${this.#self}`
    this.#caller = new RedisCaller(this.#connection, clock, keyPrefix, replyTo)
  }

  async enqueue(
    queue: string,
    payload: Json,
    { dedupeId }: { readonly dedupeId?: string } = {},
  ): Promise<void> {
    const { stream, wake, dedupe } = queueKeys(this.#keyPrefix, queue)
    const window = dedupeId === undefined ? '' : dedupeWindowMs
    await this.#connection.run(
      'enqueue',
      [stream, dedupe(dedupeId ?? '')],
      [JSON.stringify(payload), wake, window],
    )
  }

  async consume(
    queue: string,
    options: ConsumeOptions,
    handler: (job: Job) => Promise<void>,
  ): Promise<AsyncDisposable> {
    this.#consumers += 1
    const parts = {
      connection: this.#connection,
      clock: this.#clock,
      logger: this.#logger?.child({ queue, group: options.group }),
      keys: queueKeys(this.#keyPrefix, queue),
      name: `${this.#self}:${String(this.#consumers)}`,
    }
    return this.#start(new RedisConsumer(parts, options, handler))
  }

  async deadLetters(queue: string, group: string): Promise<readonly DeadLetter[]> {
    const { dead } = queueKeys(this.#keyPrefix, queue)
    const reply = await this.#connection.run('letters', [dead(group)], [])
    return (reply as [string, string, string, string][]).map(
      ([id, payload, deliveries, error]) => ({
        id,
        payload: JSON.parse(payload) as Json,
        deliveries: Number(deliveries),
        error,
      }),
    )
  }

  async depth(queue: string, group: string): Promise<number> {
    const { stream } = queueKeys(this.#keyPrefix, queue)
    return (await this.#connection.run('depth', [stream], [group])) as number
  }

  request(
    method: string,
    payload: Json,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<Json> {
    return this.#caller.request(method, payload, timeoutMs)
  }

  async respond(
    method: string,
    handler: (payload: Json) => Promise<Json>,
  ): Promise<AsyncDisposable> {
    const parts = {
      connection: this.#connection,
      clock: this.#clock,
      logger: this.#logger?.child({ method }),
      keys: methodKeys(this.#keyPrefix, method),
    }
    return this.#start(new RedisResponder(parts, handler))
  }

  async broadcast(channel: string, message: Json): Promise<void> {
    await this.#connection.publish(
      broadcastChannel(this.#keyPrefix, channel),
      JSON.stringify(message),
    )
  }

  async onBroadcast(channel: string, handler: (message: Json) => void): Promise<AsyncDisposable> {
    this.#assertOpen()
    const hear = (text: string) => {
      try {
        handler(JSON.parse(text) as Json)
      } catch (thrown) {
        // A broadcast is a hint: one listener's failure is neither the sender's nor the other listeners'.
        this.#logger?.error({ err: thrown, channel }, 'broadcast handler failed')
      }
    }
    const stop = await this.#connection.subscribe(broadcastChannel(this.#keyPrefix, channel), hear)
    return { [Symbol.asyncDispose]: async () => stop() }
  }

  async count(name: string, windowMs: number, by = 1): Promise<Counted> {
    const key = countKey(this.#keyPrefix, name)
    const reply = await this.#connection.run('count', [key], [by, windowMs])
    const [count, endsInMs] = reply as [number, number]
    return { count, endsInMs }
  }

  ping(): Promise<void> {
    return this.#connection.ping()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#owned].map((part) => part[Symbol.asyncDispose]()))
    this.#caller[Symbol.dispose]()
    await this.#connection[Symbol.asyncDispose]()
  }

  async #start(part: AsyncDisposable & { start(): Promise<void> }): Promise<AsyncDisposable> {
    this.#assertOpen()
    this.#owned.add(part)
    const stop = async () => {
      await part[Symbol.asyncDispose]()
      this.#owned.delete(part)
    }
    try {
      await part.start()
    } catch (error) {
      await stop()
      throw error
    }
    return { [Symbol.asyncDispose]: stop }
  }

  #assertOpen(): void {
    if (this.#isClosed) throw unavailable('the work queue is closed')
  }
}
