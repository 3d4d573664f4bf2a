import type { Clock } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { Json } from '@sluice/work-queue'
import { encodeRemoteError } from '@sluice/work-queue/remote-error'
import { Intake } from './intake.ts'
import type { MethodKeys } from './keys.ts'
import type { Envelope, Reply } from './redis-caller.ts'
import type { RedisConnection } from './redis-connection.ts'

/** Requests one process answers at a time, per method; the others stay in line for its colleagues. */
const concurrency = 64
/** Bounds how long a request waits whose wake-up hint was lost. */
const pollMs = 1000

export interface RedisResponderParts {
  readonly connection: RedisConnection
  readonly clock: Clock
  readonly logger: Logger | undefined
  readonly keys: MethodKeys
}

/** The answering side of request/reply; competes for the line of its method with every process that answers it. */
export class RedisResponder implements AsyncDisposable {
  readonly #parts: RedisResponderParts
  readonly #handler: (payload: Json) => Promise<Json>
  readonly #intake: Intake<string>
  readonly #cleanUp = new DisposableStack()

  constructor(parts: RedisResponderParts, handler: (payload: Json) => Promise<Json>) {
    this.#parts = parts
    this.#handler = handler
    const { connection, keys, logger } = parts
    this.#intake = new Intake({
      concurrency,
      take: async (free) => (await connection.run('answer', [keys.line], [free])) as string[],
      run: (text) => this.#answer(text),
      onTakeFailed(error) {
        // Away is said once, by the connection.
        const level = GatewayError.is(error) ? 'debug' : 'error'
        logger?.[level]({ err: error }, 'could not take requests')
      },
    })
  }

  /** Resolves when requests wake it, or when Redis turned out to be away: then as soon as it returns. */
  async start(): Promise<void> {
    const { connection, clock, keys } = this.#parts
    const wake = () => {
      this.#intake.wake()
    }
    this.#cleanUp.use(clock.every(pollMs, wake))
    this.#cleanUp.defer(connection.onReturn(wake))
    this.#cleanUp.defer(await connection.subscribe(keys.wake, wake))
    wake()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cleanUp.dispose()
    await this.#intake.stop()
  }

  async #answer(text: string): Promise<void> {
    const { connection, logger } = this.#parts
    try {
      const { id, replyTo, payload } = JSON.parse(text) as Envelope
      const reply = await this.#reply(id, payload)
      await connection.publish(replyTo, JSON.stringify(reply))
    } catch (error) {
      // The caller learns it from its own time-out, or from the connection it lost as we did.
      logger?.warn({ err: error }, 'answer could not be sent')
    }
  }

  async #reply(id: number, payload: Json): Promise<Reply> {
    try {
      return { id, reply: await this.#handler(payload) }
    } catch (thrown) {
      return { id, error: encodeRemoteError(thrown) }
    }
  }
}
