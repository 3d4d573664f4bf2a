import { Pool } from 'undici'
import type { UpstreamTls } from './upstream.ts'

/** One pool of kept-alive connections per origin and TLS options. */
export class PoolsByOrigin {
  readonly #maxConnections: number | null
  readonly #plain = new Map<string, Pool>()
  /** A row that is replaced, a new certificate for instance, takes its pools with it once their calls have ended. */
  readonly #withTls = new WeakMap<UpstreamTls, Map<string, Pool>>()
  /** Those with TLS options too, as long as somebody uses them. */
  readonly #all = new Set<WeakRef<Pool>>()

  constructor(maxConnections: number | null) {
    this.#maxConnections = maxConnections
  }

  of(origin: string, tls: UpstreamTls | null): Pool {
    const pools = tls === null ? this.#plain : this.#poolsWith(tls)
    const known = pools.get(origin)
    if (known) return known
    const pool = createPool(origin, tls, this.#maxConnections)
    pools.set(origin, pool)
    this.#forget()
    this.#all.add(new WeakRef(pool))
    return pool
  }

  async destroy(): Promise<void> {
    const pools = [...this.#all].flatMap((pool) => pool.deref() ?? [])
    this.#all.clear()
    this.#plain.clear()
    await Promise.all(pools.map((pool) => pool.destroy()))
  }

  #poolsWith(tls: UpstreamTls): Map<string, Pool> {
    const known = this.#withTls.get(tls)
    if (known) return known
    const pools = new Map<string, Pool>()
    this.#withTls.set(tls, pools)
    return pools
  }

  #forget(): void {
    for (const pool of this.#all) if (pool.deref() === undefined) this.#all.delete(pool)
  }
}

function createPool(origin: string, tls: UpstreamTls | null, connections: number | null): Pool {
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
    // The timeout only frees a socket that nobody waits for any more.
    connect: { timeout: 60_000, ...(tls === null ? {} : tlsOptions(tls)) },
  })
}

function tlsOptions({ ca, cert, key, verify, lookup }: UpstreamTls) {
  return {
    rejectUnauthorized: verify,
    ...(lookup === undefined ? {} : { lookup }),
    ...(ca === null ? {} : { ca }),
    ...(cert === null || key === null ? {} : { cert, key }),
  }
}
