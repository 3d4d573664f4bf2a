import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { carry } from './link.ts'
import type { Toxic } from './toxics.ts'

export interface FaultProxyOptions {
  /** Where connections lead to. */
  readonly target: { readonly host: string; readonly port: number }
  /** Own port; 0 = any free one. */
  readonly port: number
  /** 0 ≤ x < 1. */
  readonly random: () => number
}

/** A TCP proxy that does to its connections what networks do. Without toxics it is a plain one. */
export interface FaultProxy extends AsyncDisposable {
  readonly port: number
  /** Open now. */
  readonly connections: number
  /** Replaces all toxics, for connections that are open as well as for new ones. */
  setToxics(toxics: readonly Toxic[]): Promise<void>
}

interface Connection {
  /** Those of the proxy's that befall this connection. */
  befall(toxics: readonly Toxic[]): void
  destroy(): void
}

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const open = new Set<Connection>()
  let toxics: readonly Toxic[] = []
  const accept = (client: Socket) => {
    const connection = join(client, options, () => open.delete(connection))
    open.add(connection)
    connection.befall(toxics)
  }
  let server: Server | null = await listen(options.port, accept)
  const { port } = server.address() as AddressInfo
  const shut = async () => {
    const closing = server
    server = null
    const closed = closing && once(closing, 'close')
    closing?.close()
    for (const connection of open) connection.destroy()
    await closed
  }
  return {
    port,
    get connections() {
      return open.size
    },
    async setToxics(next) {
      toxics = next
      if (next.some(({ type }) => type === 'down')) await shut()
      else server ??= await listen(port, accept)
      for (const connection of open) connection.befall(next)
    },
    [Symbol.asyncDispose]: shut,
  }
}

async function listen(port: number, accept: (client: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, accept)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** Both directions of one connection. When one side fails, the other learns it at once. */
function join(
  client: Socket,
  { target, random }: FaultProxyOptions,
  onGone: () => void,
): Connection {
  const server = connect({ ...target, allowHalfOpen: true, noDelay: true })
  const gone = new AbortController()
  const timers = new Set<NodeJS.Timeout>()
  let toxics: readonly Toxic[] = []
  const close = (end: (socket: Socket) => void) => {
    if (gone.signal.aborted) return
    gone.abort()
    for (const timer of timers) clearTimeout(timer)
    for (const socket of [client, server]) end(socket)
    onGone()
  }
  const destroy = () => {
    close((socket) => socket.destroy())
  }
  const reset = () => {
    close((socket) => socket.resetAndDestroy())
  }
  for (const socket of [client, server]) {
    socket.on('error', reset)
    // Both of its directions have ended: the other socket may still have something to get, late.
    socket.once('close', () => {
      if (!socket.readableEnded) destroy()
    })
  }
  const link = { toxics: () => toxics, random, gone: gone.signal, close: destroy }
  Promise.all([
    carry({ ...link, source: client, destination: server, direction: 'upstream' }),
    carry({ ...link, source: server, destination: client, direction: 'downstream' }),
  ]).then(destroy, destroy)
  return {
    befall(all) {
      toxics = all.filter((toxic) => random() < ('toxicity' in toxic ? (toxic.toxicity ?? 1) : 1))
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      for (const toxic of toxics) {
        if (toxic.type === 'reset_peer') timers.add(setTimeout(reset, toxic.afterMs))
        if (toxic.type === 'timeout' && toxic.timeoutMs > 0)
          timers.add(setTimeout(destroy, toxic.timeoutMs))
      }
    },
    destroy,
  }
}
