import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface CuttingProxy extends AsyncDisposable {
  readonly url: string
  /** Connections taken so far. */
  readonly connections: number
}

export interface CuttingProxyOptions {
  /** Connections that are cut: the first ones. */
  readonly cuts: number
  /** So long after a request was passed on; never by default. */
  readonly afterMs?: number
  /** After so many bytes of an answer, head included, wherever in an event that is; never by default. */
  readonly afterBytes?: number
}

/** Forwards connections byte for byte, and drops some. */
export async function startCuttingProxy(
  target: string,
  { cuts, afterMs, afterBytes = Number.POSITIVE_INFINITY }: CuttingProxyOptions,
): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target)
  const open = new Set<Socket>()
  let connections = 0
  const server = createServer((client) => {
    connections += 1
    const isCut = connections <= cuts
    const upstream = connect({ host: hostname, port: Number(port) })
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.on('error', () => undefined)
      socket.once('close', () => {
        open.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream)
    if (isCut && afterMs !== undefined)
      client.once('data', () =>
        setTimeout(() => {
          client.resetAndDestroy()
        }, afterMs),
      )
    let left = isCut ? afterBytes : Number.POSITIVE_INFINITY
    upstream.on('data', (piece: Buffer) => {
      client.write(piece.subarray(0, left))
      left -= piece.length
      if (left <= 0) client.destroySoon()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    get connections() {
      return connections
    },
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of open) socket.destroy()
      await once(server, 'close')
    },
  }
}
