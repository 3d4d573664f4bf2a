import type { Clock, Timer } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import type { Json } from '@sluice/work-queue'
import { workQueueErrors } from '@sluice/work-queue/errors'
import { decodeRemoteError } from '@sluice/work-queue/remote-error'
import { methodKeys } from './keys.ts'
import { unavailable, type RedisConnection } from './redis-connection.ts'

interface Waiting {
  readonly timer: Timer
  readonly resolve: (reply: Json) => void
  readonly reject: (error: unknown) => void
}

/** What travels with a request; the deadline is Redis' business. */
export interface Envelope {
  readonly id: number
  readonly replyTo: string
  readonly payload: Json
}

export type Reply =
  | { readonly id: number; readonly reply: Json }
  | { readonly id: number; readonly error: unknown }

/** The asking side of request/reply: answers come over one channel that only this process hears. */
export class RedisCaller implements Disposable {
  readonly #connection: RedisConnection
  readonly #clock: Clock
  readonly #keyPrefix: string
  readonly #replyTo: string
  readonly #waiting = new Map<number, Waiting>()
  readonly #listening: Promise<unknown>
  #lastId = 0

  /** `replyTo` is never used again by a later process: an answer to a dead one must not look like one to us. */
  constructor(connection: RedisConnection, clock: Clock, keyPrefix: string, replyTo: string) {
    this.#connection = connection
    this.#clock = clock
    this.#keyPrefix = keyPrefix
    this.#replyTo = replyTo
    // An answer published while we were away is lost: nobody has to wait for it.
    connection.onLost(() => {
      this.#rejectAll(unavailable('redis went away before the answer came'))
    })
    this.#listening = connection.subscribe(replyTo, (text) => {
      this.#settle(JSON.parse(text) as Reply)
    })
  }

  request(method: string, payload: Json, timeoutMs: number): Promise<Json> {
    return new Promise((resolve, reject) => {
      this.#lastId += 1
      const id = this.#lastId
      const timer = this.#clock.after(timeoutMs, () => {
        const message = `${method} was not answered within ${String(timeoutMs)} ms`
        this.#take(id)?.reject(new GatewayError(workQueueErrors.no_answer, message))
      })
      this.#waiting.set(id, { timer, resolve, reject })
      const envelope: Envelope = { id, replyTo: this.#replyTo, payload }
      this.#ask(method, JSON.stringify(envelope), timeoutMs).catch((error: unknown) => {
        this.#take(id)?.reject(error)
      })
    })
  }

  [Symbol.dispose](): void {
    this.#rejectAll(unavailable('the work queue is closed'))
  }

  async #ask(method: string, text: string, timeoutMs: number): Promise<void> {
    await this.#listening
    const { line, wake } = methodKeys(this.#keyPrefix, method)
    const taken = await this.#connection.run('ask', [line], [text, Math.ceil(timeoutMs), wake])
    if (taken === 0) {
      throw new GatewayError(workQueueErrors.no_answer, `too many requests wait for ${method}`)
    }
  }

  #settle(reply: Reply): void {
    const waiting = this.#take(reply.id)
    if (!waiting) return // gave up before
    if ('error' in reply) waiting.reject(decodeRemoteError(reply.error))
    else waiting.resolve(reply.reply)
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    waiting?.timer.cancel()
    return waiting
  }

  #rejectAll(error: GatewayError): void {
    for (const id of this.#waiting.keys()) this.#take(id)?.reject(error)
  }
}
