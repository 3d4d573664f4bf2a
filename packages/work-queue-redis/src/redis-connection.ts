import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Redis } from 'ioredis'
import { GatewayError, kernelErrors, messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { RedisWorkQueueOptions } from './redis-work-queue-options.ts'

const maxReconnectPauseMs = 1000

/** Replies by which Redis says "not now", as opposed to "you asked for nonsense". */
const transientReply =
  /^(OOM|LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|BUSY|TRYAGAIN|MISCONF) /

/**
 * One connection for commands and pushes (RESP3), so that "Redis answers" and "hints arrive" are one and the same state. Nothing is queued
 * while it is away: a call fails at once, and whoever wants to go on uses `onReturn`.
 */
export class RedisConnection implements AsyncDisposable {
  readonly #redis: Redis
  readonly #logger: Logger | undefined
  readonly #library = readLibrary()
  readonly #listeners = new Map<string, Set<(message: string) => void>>()
  readonly #onReturn = new Set<() => void>()
  readonly #onLost = new Set<() => void>()
  /** Settles when the first attempt to connect has ended, either way. */
  readonly #firstAttempt = Promise.withResolvers<void>()
  #hasAttempted = false
  #isReady = false
  #isClosed = false

  constructor({ url, logger, commandTimeoutMs = 2000 }: RedisWorkQueueOptions) {
    this.#logger = logger
    this.#redis = new Redis(url, {
      protocol: 3,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      connectTimeout: commandTimeoutMs,
      commandTimeout: commandTimeoutMs,
      // A peer that went silent without a FIN: give up the socket, not only the command.
      socketTimeout: commandTimeoutMs + 1000,
      retryStrategy: (attempt) =>
        this.#isClosed ? null : Math.min(maxReconnectPauseMs, 50 * 2 ** (attempt - 1)),
    })
    this.#redis.on('ready', () => {
      this.#ready()
    })
    this.#redis.on('close', () => {
      this.#lost()
    })
    this.#redis.on('error', (error: Error) => {
      if (this.#isReady) logger?.warn({ err: error }, 'redis connection failed')
    })
    this.#redis.on('message', (channel: string, message: string) => {
      for (const listener of this.#listeners.get(channel) ?? []) listener(message)
    })
  }

  /** Runs one function of `work-queue.lua`; loads the library when this Redis does not have it (first use, restart, new version). */
  async run(
    name: string,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    const { version, code } = this.#library
    const call = () =>
      this.#redis.call(
        'FCALL',
        `sluice_work_queue_${version}_${name}`,
        keys.length,
        ...keys,
        ...args,
      )
    return this.send(async () => {
      try {
        return await call()
      } catch (error) {
        if (!messageOf(error).includes('Function not found')) throw error
        await this.#redis.call('FUNCTION', 'LOAD', 'REPLACE', code)
        return call()
      }
    })
  }

  publish(channel: string, message: string): Promise<number> {
    return this.send(() => this.#redis.publish(channel, message))
  }

  async ping(): Promise<void> {
    await this.send(() => this.#redis.ping())
  }

  /** Hears a channel for as long as the connection stands; it comes back with it. */
  async subscribe(channel: string, listener: (message: string) => void): Promise<() => void> {
    const known = this.#listeners.get(channel)
    const listeners = known ?? new Set()
    listeners.add(listener)
    this.#listeners.set(channel, listeners)
    if (!known) {
      // Away: it is subscribed with the others when Redis returns.
      await this.send(() => this.#redis.subscribe(channel)).catch(() => undefined)
    }
    return () => {
      listeners.delete(listener)
      if (listeners.size > 0 || this.#listeners.get(channel) !== listeners) return
      this.#listeners.delete(channel)
      this.#redis.unsubscribe(channel).catch(() => undefined) // away: there is nothing to leave
    }
  }

  /** Calls back whenever Redis answers again after it did not; channels are subscribed by then. */
  onReturn(callback: () => void): () => void {
    this.#onReturn.add(callback)
    return () => this.#onReturn.delete(callback)
  }

  onLost(callback: () => void): () => void {
    this.#onLost.add(callback)
    return () => this.#onLost.delete(callback)
  }

  /** Every failure that a later repeat may survive becomes `dependency_unavailable`. */
  async send<Reply>(command: () => Promise<Reply>): Promise<Reply> {
    if (!this.#isReady) await this.#firstAttempt.promise
    if (this.#isClosed) throw unavailable('the work queue is closed')
    try {
      return await command()
    } catch (error) {
      const isReply = Error.isError(error) && error.name === 'ReplyError'
      if (isReply && !transientReply.test(error.message)) throw error
      throw unavailable(isReply ? `redis: ${error.message}` : 'redis is not reachable', error)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#attempted() // nobody shall wait for a connection that is no longer wanted
    // `quit` lets replies that are on their way go out; away, there is nobody to say goodbye to.
    await this.#redis.quit().catch(() => {
      this.#redis.disconnect()
    })
  }

  #ready(): void {
    const isReturn = this.#hasAttempted
    this.#isReady = true
    this.#attempted()
    const channels = [...this.#listeners.keys()]
    if (channels.length > 0) this.#redis.subscribe(...channels).catch(() => undefined) // lost again: repeated at the next `ready`
    if (!isReturn) return
    this.#logger?.info('redis is back')
    for (const callback of this.#onReturn) callback()
  }

  #lost(): void {
    this.#attempted()
    if (!this.#isReady) return
    this.#isReady = false
    if (!this.#isClosed) this.#logger?.warn('redis is away')
    for (const callback of this.#onLost) callback()
  }

  #attempted(): void {
    this.#hasAttempted = true
    this.#firstAttempt.resolve()
  }
}

export function unavailable(message: string, cause?: unknown): GatewayError {
  return new GatewayError(kernelErrors.dependency_unavailable, message, { cause })
}

/** Named by its content: processes of two versions share a Redis during a rolling restart and must not replace each other's code. */
function readLibrary(): { version: string; code: string } {
  const source = readFileSync(new URL('../functions/work-queue.lua', import.meta.url), 'utf8')
  const version = createHash('sha256').update(source).digest('hex').slice(0, 8)
  const code = `#!lua name=sluice_work_queue_${version}\n${source.replace('VERSION', version)}`
  return { version, code }
}
