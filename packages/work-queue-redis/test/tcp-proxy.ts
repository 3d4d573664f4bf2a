import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** A way to Redis that can be cut, or go silent, and be mended. */
export class TcpProxy implements AsyncDisposable {
  readonly url: string
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #isCut = false

  private constructor(server: Server, url: string) {
    this.#server = server
    this.url = url
  }

  static async open(targetUrl: string): Promise<TcpProxy> {
    const target = new URL(targetUrl)
    const server = createServer((client) => {
      proxy.#connect(client, target)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const own = new URL(targetUrl)
    own.host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`
    const proxy = new TcpProxy(server, own.href)
    return proxy
  }

  /** Ends every connection and takes no new one. */
  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Connections stay, nothing passes: a peer that vanished without a FIN. */
  freeze(): void {
    for (const socket of this.#sockets) socket.pause()
  }

  thaw(): void {
    for (const socket of this.#sockets) socket.resume()
  }

  mend(): void {
    this.#isCut = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #connect(client: Socket, target: URL): void {
    if (this.#isCut) {
      client.destroy()
      return
    }
    const server = connect(Number(target.port || 6379), target.hostname)
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from)
      from.pipe(to)
      from.on('error', () => undefined) // `close` follows
      from.on('close', () => {
        this.#sockets.delete(from)
        to.destroy()
      })
    }
  }
}
