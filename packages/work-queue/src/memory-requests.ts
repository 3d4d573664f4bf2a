import type { Clock, Timer } from '@sluice/kernel/clock'
import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import { workQueueErrors } from './errors.ts'
import { decodeRemoteError, encodeRemoteError } from './remote-error.ts'
import type { Json } from './work-queue.ts'

interface Request {
  readonly text: string
  readonly timer: Timer
  readonly resolve: (reply: Json) => void
  readonly reject: (error: GatewayError) => void
}

interface Responder {
  readonly handler: (payload: Json) => Promise<Json>
  readonly running: Set<Promise<void>>
}

/** Requests and responders of one method. A request without a responder waits for one until its caller gives up. */
export class MemoryMethod implements AsyncDisposable {
  readonly #clock: Clock
  readonly #name: string
  readonly #waiting = new Set<Request>()
  readonly #responders = new Set<Responder>()

  constructor(clock: Clock, name: string) {
    this.#clock = clock
    this.#name = name
  }

  request(payload: Json, timeoutMs: number): Promise<Json> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(timeoutMs, () => {
        this.#waiting.delete(request)
        const message = `${this.#name} was not answered within ${String(timeoutMs)} ms`
        reject(new GatewayError(workQueueErrors.no_answer, message))
      })
      const request: Request = { text: JSON.stringify(payload), timer, resolve, reject }
      this.#waiting.add(request)
      this.#dispatch()
    })
  }

  respond(handler: (payload: Json) => Promise<Json>): AsyncDisposable {
    const responder: Responder = { handler, running: new Set() }
    this.#responders.add(responder)
    this.#dispatch()
    return { [Symbol.asyncDispose]: () => this.#stop(responder) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { timer, reject } of this.#waiting) {
      timer.cancel()
      reject(new GatewayError(kernelErrors.dependency_unavailable, 'the work queue is closed'))
    }
    this.#waiting.clear()
    await Promise.all([...this.#responders].map((responder) => this.#stop(responder)))
  }

  async #stop(responder: Responder): Promise<void> {
    this.#responders.delete(responder)
    await Promise.all(responder.running)
  }

  #dispatch(): void {
    for (const request of this.#waiting) {
      const [responder] = this.#responders
      if (!responder) return
      // To the back of the line: responders take turns.
      this.#responders.delete(responder)
      this.#responders.add(responder)
      this.#waiting.delete(request)
      const run = answer(request, responder).finally(() => responder.running.delete(run))
      responder.running.add(run)
    }
  }
}

/** An answer that comes after the caller gave up goes nowhere: its promise is already settled. */
async function answer(
  { text, timer, resolve, reject }: Request,
  responder: Responder,
): Promise<void> {
  await Promise.resolve() // whoever asked must not run the handler on its own stack
  try {
    const reply = await responder.handler(JSON.parse(text) as Json)
    resolve(copy(reply) as Json)
  } catch (thrown) {
    reject(decodeRemoteError(copy(encodeRemoteError(thrown))))
  } finally {
    timer.cancel()
  }
}

function copy(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
