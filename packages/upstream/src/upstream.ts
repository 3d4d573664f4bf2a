import type { Clock, Timer } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import { TransientSet } from '@sluice/kernel/transient-set'
import { wireErrors } from '@sluice/wire/errors'
import { Pool } from 'undici'
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
  const pools = new Map<string, Pool>()
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
  const poolOf = (origin: string) => {
    let pool = pools.get(origin)
    if (!pool) pools.set(origin, (pool = createPool(origin, maxConnections)))
    return pool
  }

  return {
    call({ url, method, headers, body, timeouts: own }, sink) {
      const call = new ProviderCall(sink, { ...timeouts, ...own }, clock, calls)
      sweeper ??= clock.every(sweepMs, sweep)
      const path = url.pathname + url.search
      poolOf(url.origin).dispatch({ path, method, headers: toHeaderList(headers), body }, call)
      return call
    },
    async [Symbol.asyncDispose]() {
      const error = new GatewayError(wireErrors.upstream_error, 'the upstream client was closed')
      for (const call of calls.values()) call.fail(error)
      await Promise.all(Array.from(pools.values(), (pool) => pool.destroy()))
      pools.clear()
      sweeper?.cancel()
    },
  }
}

function createPool(origin: string, connections: number | null): Pool {
  return new Pool(origin, {
    connections,
    // One request at a time per connection: a slow answer must not hold up the next one.
    pipelining: 1,
    allowH2: false,
    // Below the idle time of common proxies and servers (60 s), so that we close first; a server's own `keep-alive` hint counts before it.
    keepAliveTimeout: 20_000,
    // Time is watched by the sweep, with the clock we were given.
    headersTimeout: 0,
    bodyTimeout: 0,
    // Only frees a socket that nobody waits for any more.
    connect: { timeout: 60_000 },
  })
}
