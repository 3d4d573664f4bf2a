import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Clock } from './clock.ts'

export interface ServeOptions {
  readonly host: string
  /** 0 = any free port. */
  readonly port: number
  /** How many following ports to try when `port` is taken; 0 = fail. */
  readonly portFallback?: number
  readonly limits?: Partial<HttpLimits>
  readonly clock: Clock
}

/** What a client may hold, and for how long: slow or endless heads and bodies do not keep a socket. */
export interface HttpLimits {
  /** Until the head of a request is there, ms. Also what a connection may be open before its first. */
  readonly headersTimeoutMs: number
  /** From then until its body is there, ms. */
  readonly bodyTimeoutMs: number
  /** Between two requests, ms. */
  readonly idleTimeoutMs: number
  /** Of a request head, bytes: coding agents send JSON in headers. */
  readonly maxHeaderBytes: number
  /** More are closed as soon as they are opened. */
  readonly maxConnections: number
}

export const defaultLimits: HttpLimits = Object.freeze({
  headersTimeoutMs: 10_000,
  bodyTimeoutMs: 30_000,
  idleTimeoutMs: 75_000,
  maxHeaderBytes: 32_768,
  maxConnections: 20_000,
})

export interface HttpServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /**
   * Stops accepting, closes idle connections until the last busy one ended, destroys what is left after `deadlineMs`.
   * Returns how many connections had to be destroyed.
   */
  drain(deadlineMs: number): Promise<number>
}

function limit(server: Server, limits: HttpLimits): void {
  server.headersTimeout = limits.headersTimeoutMs
  server.requestTimeout = limits.headersTimeoutMs + limits.bodyTimeoutMs
  server.keepAliveTimeout = limits.idleTimeoutMs
  server.maxHeadersCount = 200
  server.maxConnections = limits.maxConnections
}

/** How often Node looks for heads and bodies that are overdue; its own 30 s would make 40 s of 10. */
const longestLookMs = 1_000

/**
 * A connection that was opened and never used (clients open them ahead) is not idle to Node before its first request. After this time in a drain it
 * is closed too; before, its request may be on the way, ms.
 */
const unusedMs = 1_000

/** What waits in a socket before `write` says that its client is slow, bytes: many slow clients are many of these. */
const highWaterMark = 16_384

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
  const limits = { ...defaultLimits, ...options.limits }
  const shortest = Math.min(limits.headersTimeoutMs, limits.bodyTimeoutMs)
  const server = createServer(
    {
      noDelay: true,
      highWaterMark,
      maxHeaderSize: limits.maxHeaderBytes,
      connectionsCheckingInterval: Math.min(longestLookMs, shortest),
    },
    handler,
  )
  limit(server, limits)
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
