import { sleep, type Clock } from '@sluice/kernel/clock'
import { toGatewayError, unavailable } from './kafka-errors.ts'

/** A producer or an admin of kafkajs, as far as its life goes. */
export interface Client {
  connect(): Promise<void>
  disconnect(): Promise<void>
}

interface Slot<SomeClient> {
  readonly client: SomeClient
  readonly connected: Promise<void>
}

/** How long a disposal waits for a client that may be on its way to brokers that are away. */
const farewellMs = 1000

/**
 * One client, connected on first use and replaced after a failure that is not the call's own fault: a client that has failed (a fenced
 * producer, a pool of dead brokers) may never work again, and a new one costs a few milliseconds. One replacement per failed call, so a
 * cluster that stays away is asked no more often than its callers ask.
 */
export class ClientSlot<SomeClient extends Client> implements AsyncDisposable {
  readonly #create: () => SomeClient
  readonly #clock: Clock
  readonly #callTimeoutMs: number
  #slot: Slot<SomeClient> | null = null
  #isClosed = false

  constructor(create: () => SomeClient, clock: Clock, callTimeoutMs: number) {
    this.#create = create
    this.#clock = clock
    this.#callTimeoutMs = callTimeoutMs
  }

  /** Runs `work` on the connected client, and rejects with a `GatewayError` within the call's time-out; `topic` is for its message. */
  async use<Result>(topic: string, work: (client: SomeClient) => Promise<Result>): Promise<Result> {
    if (this.#isClosed) throw unavailable('the event log is closed')
    const slot = (this.#slot ??= this.#connect())
    const { promise: timeout, reject } = Promise.withResolvers<never>()
    const timer = this.#clock.after(this.#callTimeoutMs, () => {
      reject(unavailable(`kafka did not answer within ${String(this.#callTimeoutMs)} ms`))
    })
    try {
      return await Promise.race([slot.connected.then(() => work(slot.client)), timeout])
    } catch (thrown) {
      const error = toGatewayError(thrown, topic)
      // A client that met a missing topic keeps asking for it, and fails for all others.
      if (error.code !== 'event_refused') this.#discard(slot)
      throw error
    } finally {
      timer.cancel()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    if (this.#slot) await Promise.race([retire(this.#slot), sleep(this.#clock, farewellMs)])
  }

  #connect(): Slot<SomeClient> {
    const client = this.#create()
    return { client, connected: client.connect() }
  }

  #discard(slot: Slot<SomeClient>): void {
    if (this.#slot !== slot) return
    this.#slot = null
    void retire(slot)
  }
}

/** Disconnecting a client that still connects would leave its sockets behind. Never rejects: the client is given up either way. */
async function retire({ client, connected }: Slot<Client>): Promise<void> {
  await connected.catch(() => undefined)
  await client.disconnect().catch(() => undefined)
}
