import type { Connection } from '../../cluster/cluster-options.ts'
import { type FaultProxy, startFaultProxy } from '../../fault-proxy/fault-proxy.ts'
import type { Toxic } from '../../fault-proxy/toxics.ts'
import { freePort } from '../../processes/free-port.ts'
import { between, chance, oneOf } from '../random.ts'

/** A proxy between two processes. */
export interface Link {
  /** `ingress-0 redis`: who connects, and to what. */
  readonly name: string
  readonly proxy: FaultProxy
}

/** Every connection of a cluster through a proxy of its own. */
export class Network implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack()
  readonly links: Link[] = []
  #shared: Promise<string> | null = null

  /** The address to give to a service instead of the one it connects to. */
  connect = async ({ service, replica, to, url, proxyPort }: Connection): Promise<string> => {
    if (proxyPort === null) return this.#through(`${service}-${String(replica)} ${to}`, url)
    // It has one address for all its clients.
    this.#shared ??= this.#through(`all ${to}`, `tcp://${url}`, proxyPort)
    return (await this.#shared).replace('tcp://', '')
  }

  /** The address to give to clients instead of an ingress's. */
  serve(api: string, replica: number): Promise<string> {
    return this.#through(`client ingress-${String(replica)}`, api)
  }

  async #through(name: string, url: string, fixedPort: number | null = null): Promise<string> {
    const address = new URL(url)
    const target = { host: address.hostname, port: Number(address.port) }
    const port = fixedPort ?? (await freePort())
    const proxy = await startFaultProxy({ target, port, random: Math.random })
    this.links.push({ name, proxy: this.#stack.use(proxy) })
    return url.replace(address.host, `127.0.0.1:${String(proxy.port)}`)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync()
  }
}

/** One toxic on one link, or on all links to the same thing. */
export interface Poisoning {
  readonly links: readonly Link[]
  readonly toxic: Toxic
  readonly forMs: number
}

export function randomPoisoning({ links }: Network): Poisoning {
  const one = oneOf(links)
  const [, to] = one.name.split(' ')
  const reached = chance(0.3) ? links.filter(({ name }) => name.endsWith(` ${to ?? ''}`)) : [one]
  return { links: reached, toxic: oneOf(toxics())(), forMs: between(500, 5_000) }
}

/** As a network may well be. `limit_data` and `reset_peer` come to a share, so that something is left to go wrong later. */
function toxics(): (() => Toxic)[] {
  const direction = (): { direction?: 'upstream' | 'downstream' } => {
    if (chance(0.34)) return {}
    return { direction: chance(0.5) ? 'upstream' : 'downstream' }
  }
  return [
    () => ({ type: 'latency', latencyMs: between(20, 400), jitterMs: 20, ...direction() }),
    () => ({ type: 'down' }),
    () => ({ type: 'bandwidth', bytesPerSecond: between(20_000, 200_000), ...direction() }),
    () => ({ type: 'slow_close', delayMs: between(100, 2_000), ...direction() }),
    () => ({ type: 'timeout', timeoutMs: chance(0.5) ? 0 : between(100, 2_000), ...direction() }),
    () => ({ type: 'reset_peer', afterMs: between(0, 500), toxicity: between(0.3, 1) }),
    () => ({ type: 'slicer', averageBytes: between(8, 200), delayMs: 1, ...direction() }),
    () => ({ type: 'limit_data', bytes: between(1_000, 50_000), toxicity: 0.5, ...direction() }),
  ]
}
