import type { Clock } from '@sluice/kernel/clock'
import { type ErrorDefinition, GatewayError, messageOf } from '@sluice/kernel/errors'
import type { Placed, TransientSet } from '@sluice/kernel/transient-set'
import { upstreamUnreachable, wireErrors } from '@sluice/wire/errors'
import type { Dispatcher } from 'undici'
import type { UpstreamCall, UpstreamSink, UpstreamTimeouts } from './upstream.ts'

type Phase = 'connecting' | 'waiting' | 'receiving'

const phaseLimits = {
  connecting: { limit: 'connectMs', problem: 'no connection' },
  waiting: { limit: 'firstByteMs', problem: 'no first byte' },
  receiving: { limit: 'idleMs', problem: 'no progress' },
} as const

/**
 * One call, as undici drives it: connecting ─► waiting ─► receiving ─► closed. Whatever ends it first (the reply, an error, a time limit, `abort`) closes it, and
 * nothing is reported afterwards.
 */
export class ProviderCall implements Dispatcher.DispatchHandler, UpstreamCall, Placed {
  place = -1
  readonly #sink: UpstreamSink
  readonly #timeouts: UpstreamTimeouts
  readonly #clock: Clock
  readonly #open: TransientSet<ProviderCall>
  readonly #startedAt: number
  #phase: Phase = 'connecting'
  #phaseStartedAt: number
  /** Something came since the last look at the clock. */
  #progressed = false
  #closed = false
  #paused = false
  #controller: Dispatcher.DispatchController | null = null

  constructor(
    sink: UpstreamSink,
    timeouts: UpstreamTimeouts,
    clock: Clock,
    open: TransientSet<ProviderCall>,
  ) {
    this.#sink = sink
    this.#timeouts = timeouts
    this.#clock = clock
    this.#open = open
    this.#startedAt = this.#phaseStartedAt = clock.monotonic()
    open.add(this)
  }

  abort(): void {
    if (this.#close()) this.#controller?.abort(new Error('the call was aborted'))
  }

  pause(): void {
    this.#paused = true
    this.#controller?.pause()
  }

  resume(): void {
    this.#paused = false
    this.#progressed = true
    this.#controller?.resume()
  }

  fail(error: GatewayError): void {
    if (!this.#close()) return
    this.#controller?.abort(error)
    this.#sink.onError(error)
  }

  /** Called every 100 ms. */
  checkTime(now: number): void {
    if (this.#progressed || this.#paused) {
      this.#progressed = false
      this.#phaseStartedAt = now
    }
    const { limit, problem } = phaseLimits[this.#phase]
    const limitMs = this.#timeouts[limit]
    if (now - this.#phaseStartedAt > limitMs) {
      this.fail(timeout(`${problem} within ${String(limitMs)} ms`))
    } else if (now - this.#startedAt > this.#timeouts.totalMs) {
      this.fail(timeout(`no end within ${String(this.#timeouts.totalMs)} ms`))
    }
  }

  /** undici: the connection stands and the request is about to be written. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#closed) {
      controller.abort(new Error('the call was aborted'))
      return
    }
    this.#controller = controller
    if (this.#paused) controller.pause()
    this.#enter('waiting')
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // 1xx announce, they do not answer.
    if (this.#closed || status < 200) return
    this.#enter('receiving')
    this.#sink.onHead(status, flatten(headers))
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#closed) return
    this.#progressed = true
    this.#sink.onData(chunk)
  }

  onResponseEnd(): void {
    if (this.#close()) this.#sink.onEnd()
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, cause: Error): void {
    const error = toGatewayError(cause, this.#controller !== null)
    // Without a controller this may still be inside `dispatch`, and the caller does not have its handle yet.
    if (this.#controller) this.fail(error)
    else {
      queueMicrotask(() => {
        this.fail(error)
      })
    }
  }

  #enter(phase: Phase): void {
    this.#phase = phase
    this.#phaseStartedAt = this.#clock.monotonic()
    this.#progressed = false
  }

  /** False when it was closed before. */
  #close(): boolean {
    if (this.#closed) return false
    this.#closed = true
    this.#open.delete(this)
    return true
  }
}

function timeout(message: string): GatewayError {
  return new GatewayError(wireErrors.upstream_timeout, message)
}

function toGatewayError(cause: Error, isConnected: boolean): GatewayError {
  if (GatewayError.is(cause)) return cause
  const { code } = cause as NodeJS.ErrnoException
  return new GatewayError(definitionOf(code, isConnected), messageOf(cause), { cause })
}

function definitionOf(code: string | undefined, isConnected: boolean): ErrorDefinition {
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return wireErrors.upstream_timeout
  // A request that cannot be written fails before the connection stands, too.
  const isUnreachable = !isConnected && code !== 'UND_ERR_INVALID_ARG'
  return isUnreachable ? upstreamUnreachable : wireErrors.upstream_error
}

/** Headers that came several times are joined, as HTTP allows; the record undici made is handed on when there are none. */
function flatten(
  headers: Record<string, string | string[] | undefined>,
): Readonly<Record<string, string>> {
  for (const name in headers) {
    const value = headers[name]
    if (Array.isArray(value)) headers[name] = value.join(', ')
  }
  return headers as Record<string, string>
}
