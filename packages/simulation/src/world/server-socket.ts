import { Duplex } from 'node:stream'
import type { Timer } from '@sluice/kernel/clock'
import type { SimProcess } from '../core/sim-process.ts'

/** The other end of a server's socket, as the network shows it. */
export interface Peer {
  /** `taken` is called once the peer has room for more. */
  fromServer(bytes: Buffer, taken: () => void): void
  /** `clean`: all that was written was handed over and then ended; otherwise the connection broke. */
  serverClosed(clean: boolean): void
}

/** What Node's HTTP server takes for a TCP socket; time-outs run on the clock of the process that owns it. */
export class ServerSocket extends Duplex {
  readonly remoteAddress = '192.0.2.1'
  readonly #process: SimProcess
  readonly #peer: Peer
  #timeoutMs = 0
  #timer: Timer | null = null
  #finished = false

  constructor(process: SimProcess, peer: Peer, highWaterMark: number) {
    super({ allowHalfOpen: true, highWaterMark })
    this.#process = process
    this.#peer = peer
    // Without a listener a broken connection would be an uncaught error; the HTTP server listens to real sockets the same way.
    this.on('error', () => undefined)
  }

  receive(bytes: Buffer): void {
    if (this.destroyed) return
    this.#touch()
    this.push(bytes)
  }

  setTimeout(ms: number, listener?: () => void): this {
    this.#timeoutMs = ms
    if (listener) this.once('timeout', listener)
    this.#touch()
    return this
  }

  setKeepAlive(): this {
    return this
  }
  setNoDelay(): this {
    return this
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }

  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  override _read(): void {
    // Bytes are pushed when they arrive.
  }

  override _write(
    chunk: Buffer,
    _encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    if (this.#process.dead) return
    this.#touch()
    this.#peer.fromServer(chunk, () => {
      this.#process.enter(() => {
        this.#touch()
        done()
      })
    })
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#finished = true
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#timer?.cancel()
    if (!this.#process.dead) this.#peer.serverClosed(this.#finished && error === null)
    done(error)
  }

  #touch(): void {
    this.#timer?.cancel()
    this.#timer = null
    if (this.#timeoutMs > 0 && !this.destroyed)
      this.#timer = this.#process.clock.after(this.#timeoutMs, () => {
        this.emit('timeout')
      })
  }
}
