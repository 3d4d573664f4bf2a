import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** One address for a server that changes: what a failover looks like to its clients. */
export class TcpProxy implements AsyncDisposable {
  readonly url: string
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #target: number

  private constructor(server: Server, target: number) {
    this.#server = server
    this.#target = target
    this.url = `redis://127.0.0.1:${String((server.address() as AddressInfo).port)}`
    server.on('connection', (client) => {
      const upstream = connect(this.#target, '127.0.0.1')
      for (const [socket, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.#sockets.add(socket)
        socket.setNoDelay(true)
        socket.on('error', () => {})
        socket.on('close', () => {
          this.#sockets.delete(socket)
          other.destroy()
        })
        socket.pipe(other)
      }
    })
  }

  static async start(target: number): Promise<TcpProxy> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new TcpProxy(server, target)
  }

  /** Cuts what is connected; new connections go to `target`. */
  switchTo(target: number): void {
    this.#target = target
    for (const socket of this.#sockets) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.switchTo(0)
    this.#server.close()
    await once(this.#server, 'close')
  }
}
