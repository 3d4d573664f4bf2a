import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Clock } from './clock.ts'

export interface ServeOptions {
  readonly host: string
  /** 0 = any free port. */
  readonly port: number
  /** How many following ports to try when `port` is taken; 0 = fail. */
  readonly portFallback?: number
  readonly clock: Clock
}

export interface HttpServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /**
   * Stops accepting, closes idle connections until the last busy one ended, destroys what is left after `deadlineMs`.
   * Returns how many connections had to be destroyed.
   */
  drain(deadlineMs: number): Promise<number>
}

/** Limits of security.md section 2: slow or endless request heads and bodies do not hold a socket. */
function limit(server: Server): void {
  server.headersTimeout = 10_000
  server.requestTimeout = 40_000
  server.keepAliveTimeout = 75_000
  server.maxHeadersCount = 200
}

/**
 * A connection that was opened and never used (clients open them ahead) is not idle to Node before its first request. After this time in a drain it
 * is closed too; before, its request may be on the way, ms.
 */
const unusedMs = 1_000

/** What waits in a socket before `write` says that its client is slow, bytes: many slow clients are many of these. */
const highWaterMark = 16_384

/** Of a request head, bytes: coding agents send JSON in headers. */
const maxHeaderSize = 32_768

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

export async function serve(handler: RequestListener, options: ServeOptions): Promise<HttpServer> {
  const { host, clock } = options
  const server = createServer({ noDelay: true, highWaterMark, maxHeaderSize }, handler)
  limit(server)
  let port = options.port
  for (let left = options.portFallback ?? 0; ; left--, port++) {
    try {
      await listen(server, host, port)
      break
    } catch (error) {
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      if (!taken || left === 0 || port === 0) throw error
    }
  }
  port = (server.address() as AddressInfo).port
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })

  let closing: Promise<number> | null = null
  const close = (deadlineMs: number): Promise<number> =>
    new Promise((resolve) => {
      let destroyed = 0
      const since = clock.monotonic()
      const sweep = clock.every(100, () => {
        server.closeIdleConnections()
        if (clock.monotonic() - since < unusedMs) return
        for (const socket of open) if (socket.bytesRead === 0) socket.destroy()
      })
      const deadline = clock.after(deadlineMs, () => {
        destroyed = open.size
        for (const socket of open) socket.destroy()
      })
      server.close(() => {
        sweep.cancel()
        deadline.cancel()
        resolve(destroyed)
      })
      server.closeIdleConnections()
    })
  const drain = (deadlineMs: number) => (closing ??= close(deadlineMs))
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${String(port)}`,
    port,
    drain,
    async [Symbol.asyncDispose]() {
      await drain(0)
    },
  }
}
