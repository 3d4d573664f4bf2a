import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface CuttingProxy extends AsyncDisposable {
  readonly url: string
  /** Connections taken so far. */
  readonly connections: number
}

export interface CuttingProxyOptions {
  /** Connections that are answered with a 503 before any other: as a gateway does that is starting. */
  readonly refusals?: number
  /** Connections that are cut: the first ones after that. */
  readonly cuts: number
  /** Nobody listens for so long after a cut; by default always somebody does. */
  readonly awayMs?: number
  /** So long after a request was passed on; never by default. */
  readonly afterMs?: number
  /** After so many bytes of an answer, head included, wherever in an event that is; never by default. */
  readonly afterBytes?: number
}

/** Names an id, as every answer does, but that of no generation. */
const refusal = [
  'HTTP/1.1 503 Service Unavailable',
  'x-request-id: 019aa3c1-0000-7000-8000-000000000000',
  'retry-after: 1',
  'retry-after-ms: 1000',
  'content-length: 2',
  'connection: close',
  '',
  '{}',
].join('\r\n')

/** Forwards connections byte for byte, and drops some. */
export async function startCuttingProxy(
  target: string,
  options: CuttingProxyOptions,
): Promise<CuttingProxy> {
  const { refusals = 0, cuts, awayMs, afterMs, afterBytes = Number.POSITIVE_INFINITY } = options
  const { hostname, port } = new URL(target)
  const open = new Set<Socket>()
  let connections = 0
  let comingBack: NodeJS.Timeout | undefined
  const server = createServer((client) => {
    connections += 1
    if (connections <= refusals) {
      client.on('error', () => undefined)
      client.once('data', () => client.end(refusal))
      return
    }
    const isCut = connections <= refusals + cuts
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
      if (left > 0) return
      client.destroySoon()
      if (awayMs !== undefined) goAway(awayMs)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address() as AddressInfo
  const goAway = (ms: number) => {
    if (!server.listening) return
    server.close()
    comingBack = setTimeout(() => server.listen(address.port, '127.0.0.1'), ms)
  }
  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    get connections() {
      return connections
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(comingBack)
      for (const socket of open) socket.destroy()
      if (!server.listening) return
      server.close()
      await once(server, 'close')
    },
  }
}
