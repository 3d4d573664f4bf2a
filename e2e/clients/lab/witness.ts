import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  request as httpRequest,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request as the client sent it. */
export interface WitnessedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  body: string
  /** ms, of a clock that only goes forward. */
  readonly at: number
  /** Null until the gateway answered. */
  status: number | null
}

export interface WitnessOptions {
  /** The first request is passed on, and its connection destroyed so long after, ms. */
  readonly cutFirstAfterMs?: number
  /** Every connection is destroyed after so many bytes of an answer's body. */
  readonly cutAfterBytes?: number
}

export interface Witness extends AsyncDisposable {
  readonly url: string
  readonly requests: readonly WitnessedRequest[]
}

/** Between a client and the gateway: passes everything on as it is, writes down what was sent, and destroys connections on demand. */
export async function startWitness(target: string, options: WitnessOptions = {}): Promise<Witness> {
  const requests: WitnessedRequest[] = []
  const server = createServer((incoming, outgoing) => {
    const { method = '', url: path = '', headers } = incoming
    const seen: WitnessedRequest = {
      method,
      path,
      headers,
      body: '',
      at: performance.now(),
      status: null,
    }
    requests.push(seen)
    const upstream = httpRequest(new URL(path, target), { method, headers }, (answer) => {
      seen.status = answer.statusCode ?? 0
      // Header by header: the gateway may send one twice.
      outgoing.writeHead(seen.status, answer.rawHeaders)
      let left = options.cutAfterBytes ?? Number.POSITIVE_INFINITY
      answer.on('data', (bytes: Buffer) => {
        outgoing.write(bytes.subarray(0, left))
        left -= bytes.length
        if (left <= 0) flushAndDestroy(outgoing)
      })
      answer.once('end', () => outgoing.end())
      answer.once('error', () => outgoing.destroy())
    })
    upstream.once('error', () => outgoing.destroy())
    outgoing.once('close', () => upstream.destroy())
    incoming.on('data', (bytes: Buffer) => (seen.body += bytes.toString()))
    incoming.pipe(upstream)
    if (requests.length === 1 && options.cutFirstAfterMs !== undefined)
      setTimeout(() => incoming.socket.resetAndDestroy(), options.cutFirstAfterMs)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${String(port)}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** What was written before must arrive: the client has begun to read its answer. */
function flushAndDestroy(outgoing: ServerResponse): void {
  outgoing.write('', () => outgoing.socket?.destroy())
}
