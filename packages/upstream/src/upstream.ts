import type { LookupFunction } from 'node:net'
import type { Clock, Timer } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import { TransientSet } from '@sluice/kernel/transient-set'
import { wireErrors } from '@sluice/wire/errors'
import { PoolsByOrigin } from './pools-by-origin.ts'
import { ProviderCall } from './provider-call.ts'
import { toHeaderList } from './request-headers.ts'

export { type CollectedReply, collectReply } from './collect-reply.ts'

/**
 * HTTP calls to providers. One pool of kept-alive connections per origin; no retries, no redirects, no decompression: what a
 * provider sends is what the sink gets, and a second call is the caller's decision.
 */
export interface Upstream extends AsyncDisposable {
  /** Never throws: whatever goes wrong reaches the sink, and nothing does before this has returned. */
  call(request: UpstreamRequest, sink: UpstreamSink): UpstreamCall
}

export interface UpstreamRequest {
  readonly url: URL
  readonly method: 'GET' | 'POST'
  /** Names in lower case. Hop-by-hop headers are left out; compression is never asked for. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | null
  readonly timeouts?: Partial<UpstreamTimeouts>
  /** Of the connection; null = the system's authorities and no certificate of our own. The same object means the same connections. */
  readonly tls?: UpstreamTls | null
}

/** PEM texts, and where the connection goes. */
export interface UpstreamTls {
  /** Authorities trusted in place of the system's. */
  readonly ca: string | null
  /** What we show to a server that asks for a certificate. */
  readonly cert: string | null
  readonly key: string | null
  /** False takes any certificate: for a server on the way to get a real one. */
  readonly verify: boolean
  /** How a name becomes an address; absent = as the system does it. */
  readonly lookup?: LookupFunction
}

/** Milliseconds; each ends the call with `upstream_timeout`. They are noticed up to 100 ms late. */
export interface UpstreamTimeouts {
  /** Until the connection stands. */
  readonly connectMs: number
  /** From then until the reply's head. */
  readonly firstByteMs: number
  /** Silence within the reply; every byte resets it, and a paused call does not count. */
  readonly idleMs: number
  /** The whole call. */
  readonly totalMs: number
}

/**
 * What a call reports: `onHead` once, `onData` any number of times, then `onEnd` or `onError` once. A call can fail without a head; after `abort` nothing is
 * reported any more. What `onHead` or `onData` throw fails the call; `onEnd` and `onError` must not throw.
 */
export interface UpstreamSink {
  onHead(status: number, headers: Readonly<Record<string, string>>): void
  onData(chunk: Buffer): void
  /** The reply is complete, as its own framing tells: a cut one is an error. */
  onEnd(): void
  onError(error: GatewayError): void
}

export interface UpstreamCall {
  /** Closes the connection at once, unless the reply is complete. */
  abort(): void
  /** Stops reading from the socket until `resume`; data already read may still be reported. */
  pause(): void
  resume(): void
}

export interface UpstreamOptions {
  readonly clock: Clock
  /** Connections to one origin at once; more calls wait. Null = as many as there are calls. */
  readonly maxConnections?: number | null
  readonly timeouts?: Partial<UpstreamTimeouts>
}

const defaultTimeouts: UpstreamTimeouts = {
  connectMs: 10_000,
  firstByteMs: 120_000,
  idleMs: 120_000,
  totalMs: Number.POSITIVE_INFINITY,
}

const sweepMs = 100

export function createUpstream(options: UpstreamOptions): Upstream {
  const { clock, maxConnections = null } = options
  const timeouts = { ...defaultTimeouts, ...options.timeouts }
  const pools = new PoolsByOrigin(maxConnections)
  const calls = new TransientSet<ProviderCall>()
  let sweeper: Timer | null = null

  // One timer looks after all calls: a timer per call and per chunk would cost more than the call's own bookkeeping.
  const sweep = () => {
    const now = clock.monotonic()
    for (const call of calls.values()) call.checkTime(now)
    if (calls.size === 0) {
      sweeper?.cancel()
      sweeper = null
    }
  }

  return {
    call({ url, method, headers, body, timeouts: own, tls = null }, sink) {
      const call = new ProviderCall(sink, { ...timeouts, ...own }, clock, calls)
      sweeper ??= clock.every(sweepMs, sweep)
      const path = url.pathname + url.search
      const pool = pools.of(url.origin, tls)
      pool.dispatch({ path, method, headers: toHeaderList(headers), body }, call)
      return call
    },
    async [Symbol.asyncDispose]() {
      const error = new GatewayError(wireErrors.upstream_error, 'the upstream client was closed')
      for (const call of calls.values()) call.fail(error)
      await pools.destroy()
      sweeper?.cancel()
    },
  }
}
