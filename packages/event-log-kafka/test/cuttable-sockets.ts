import { connect, type Socket } from 'node:net'
import type { ISocketFactory } from 'kafkajs'

/** Connections to brokers that can be cut, or go silent, and be mended. */
export class CuttableSockets implements Disposable {
  readonly #sockets = new Set<Socket>()
  #isCut = false

  readonly factory: ISocketFactory = ({ host, port, onConnect }) => {
    // Port 1 refuses, as a broker does that is away.
    const socket = connect({ host, port: this.#isCut ? 1 : port }, onConnect)
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    return socket
  }

  get size(): number {
    return this.#sockets.size
  }

  cut(): void {
    this.#isCut = true
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
    for (const socket of this.#sockets) socket.destroy(reset)
  }

  /** Connections stay, answers do not come: a peer that vanished without a FIN. */
  freeze(): void {
    for (const socket of this.#sockets) socket.pause()
  }

  mend(): void {
    this.#isCut = false
  }

  [Symbol.dispose](): void {
    this.cut()
  }
}
