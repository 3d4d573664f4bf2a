import { GatewayError } from '@sluice/kernel/errors'
import type { Upstream, UpstreamCall, UpstreamRequest, UpstreamSink } from '@sluice/upstream'
import { wireErrors } from '@sluice/wire/errors'
import type { History } from '../core/history.ts'
import type { Random } from '../core/random.ts'
import type { SimProcess } from '../core/sim-process.ts'
import type { Wire } from '../core/wire.ts'
import { type Answer, drawAnswer } from './provider-answer.ts'

/** One call as the provider saw it. */
export interface ServedCall {
  readonly number: number
  /** The generation it was for, by the header that names it. */
  readonly requestId: string
  /** What the caller of the generation put into its prompt: travels with every tick. */
  readonly marker: string
  readonly host: string
  readonly stream: boolean
  readonly answer: Answer
  /** Virtual ms. */
  readonly startedAt: number
  /** Virtual ms at which it had sent everything; null when it did not. */
  endedAt: number | null
  /** Virtual ms at which the connection closed under it; null when it did not. */
  closedAt: number | null
}

/** Providers that answer with ticks nobody else can have made: `<marker>.<call>.<tick>`. They remember every call. */
export class SimProviders {
  readonly served: ServedCall[] = []
  readonly #random: Random
  readonly #wire: Wire
  readonly #history: History

  constructor(random: Random, wire: Wire, history: History) {
    this.#random = random
    this.#wire = wire
    this.#history = history
  }

  upstreamFor(process: SimProcess): Upstream {
    return {
      call: (request, sink) => {
        const call = new SimUpstreamCall(request, sink, process, this.#wire, () =>
          this.#serve(request),
        )
        call.start()
        return call
      },
      [Symbol.asyncDispose]: async () => undefined,
    }
  }

  #serve(request: UpstreamRequest): ServedCall {
    const body = JSON.parse((request.body ?? Buffer.from('{}')).toString()) as {
      stream?: boolean
      messages?: { content?: string }[]
    }
    const marker = body.messages?.[0]?.content ?? ''
    const number = this.served.length + 1
    const stream = body.stream === true
    const troubled = this.#wire.troubled ? this.#wire.faults.providerTrouble : 0
    const call: ServedCall = {
      number,
      requestId: request.headers['x-request-id'] ?? '',
      marker,
      host: request.url.hostname,
      stream,
      answer: drawAnswer(this.#random, { number, marker, stream, troubled }),
      startedAt: this.#wire.scheduler.now,
      endedAt: null,
      closedAt: null,
    }
    this.served.push(call)
    this.#history.add(
      'provider',
      `call ${String(number)} for ${call.requestId} ${call.answer.kind}`,
    )
    return call
  }
}

/** The connection of one call, with the time limits that the port promises. */
class SimUpstreamCall implements UpstreamCall {
  readonly #request: UpstreamRequest
  readonly #sink: UpstreamSink
  readonly #process: SimProcess
  readonly #wire: Wire
  readonly #serve: () => ServedCall
  #served: ServedCall | null = null
  #closed = false
  #paused = false
  #progressAt = 0
  #limit: 'connectMs' | 'firstByteMs' | 'idleMs' = 'connectMs'
  /** What the process has not read yet, in order. */
  readonly #inbox: (() => void)[] = []

  constructor(
    request: UpstreamRequest,
    sink: UpstreamSink,
    process: SimProcess,
    wire: Wire,
    serve: () => ServedCall,
  ) {
    this.#request = request
    this.#sink = sink
    this.#process = process
    this.#wire = wire
    this.#serve = serve
  }

  start(): void {
    const { clock } = this.#process
    const startedAt = clock.monotonic()
    this.#progressAt = startedAt
    const watch = clock.every(100, () => {
      const now = clock.monotonic()
      const { timeouts } = this.#request
      if (this.#paused) this.#progressAt = now
      const late =
        now - this.#progressAt > (timeouts?.[this.#limit] ?? Infinity) ||
        now - startedAt > (timeouts?.totalMs ?? Infinity)
      if (this.#closed || late) watch.cancel()
      if (late) this.#fail(new GatewayError(wireErrors.upstream_timeout, 'no answer in time'))
    })
    this.#process.onDeath(() => {
      this.#hangUp()
    })
    this.#wire.scheduler.after(this.#wire.latency(), () => {
      if (this.#closed || this.#process.dead) return
      this.#limit = 'firstByteMs'
      this.#served = this.#serve()
      this.#play(this.#served)
    })
  }

  abort(): void {
    this.#hangUp()
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#read()
  }

  #play(served: ServedCall): void {
    const { answer } = served
    const { scheduler } = this.#wire
    let at = answer.delayMs
    const send = (report: () => void) => {
      // Two pieces of the same moment keep their order.
      at += 0.001
      scheduler.after(at, () => {
        if (served.closedAt !== null) return
        this.#inbox.push(report)
        this.#process.enter(() => {
          this.#read()
        })
      })
    }
    if (answer.status === null) {
      if (answer.end === 'reset') send(() => this.#fail(broken()))
      return
    }
    const { status } = answer
    send(() => {
      this.#limit = 'idleMs'
      this.#sink.onHead(status, answer.headers)
    })
    for (const { afterMs, bytes } of answer.chunks) {
      at += afterMs
      if (bytes === answer.chunks.at(-1)?.bytes && answer.end === 'close')
        scheduler.after(at, () => {
          if (served.closedAt === null) served.endedAt = scheduler.now
        })
      send(() => {
        this.#sink.onData(bytes)
      })
    }
    at += answer.endAfterMs
    if (answer.end === 'close')
      send(() => {
        served.endedAt ??= scheduler.now
        if (this.#close()) this.#sink.onEnd()
      })
    if (answer.end === 'reset') send(() => this.#fail(broken()))
  }

  #read(): void {
    while (!this.#paused && !this.#closed) {
      const next = this.#inbox.shift()
      if (next === undefined) return
      this.#progressAt = this.#process.clock.monotonic()
      next()
    }
  }

  #fail(error: GatewayError): void {
    if (!this.#close()) return
    this.#hangUp()
    this.#sink.onError(error)
  }

  #close(): boolean {
    if (this.#closed) return false
    this.#closed = true
    return true
  }

  #hangUp(): void {
    this.#closed = true
    const served = this.#served
    if (served !== null && served.endedAt === null) served.closedAt ??= this.#wire.scheduler.now
  }
}

function broken(): GatewayError {
  return new GatewayError(wireErrors.upstream_error, 'the connection broke')
}
