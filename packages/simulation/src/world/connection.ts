import type { Server } from 'node:http'
import type { SimProcess } from '../core/sim-process.ts'
import type { Wire } from '../core/wire.ts'
import { type Peer, ServerSocket } from './server-socket.ts'

/** What a client hears of its connection; each in order, and nothing after an end. */
export interface ConnectionEvents {
  onBytes(bytes: Buffer): void
  /** The server ended it in order. */
  onEnd(): void
  onReset(): void
}

export interface ConnectionOptions {
  readonly process: SimProcess
  readonly server: Server
  readonly wire: Wire
  readonly events: ConnectionEvents
  readonly highWaterMark: number
  /** What the client takes at a time: a read may end anywhere in an event. */
  readonly readBytes: number
  /** Ms until the client has taken a piece; null = it never reads. */
  readonly readPauseMs: () => number | null
}

/** Bytes that are on their way before a writer has to wait. */
const windowBytes = 4_096

/** One TCP connection between a client and a process. Each direction keeps its order, whatever the latencies are. */
export class Connection implements Peer {
  readonly #options: ConnectionOptions
  readonly #socket: ServerSocket
  readonly #death: { cancel(): void }
  readonly #toClient: { bytes: Buffer; taken: () => void }[] = []
  #lastArrivalAt = 0
  #reading = false
  #serverClosed: 'clean' | 'broken' | null = null
  /** The client hears nothing more. */
  #over = false

  constructor(options: ConnectionOptions) {
    const { process, server, highWaterMark } = options
    this.#options = options
    this.#socket = new ServerSocket(process, this, highWaterMark)
    this.#death = process.onDeath(() => {
      this.serverClosed(false)
    })
    this.#arrive(() => {
      server.emit('connection', this.#socket)
    })
  }

  send(text: string): void {
    this.#arrive(() => {
      this.#socket.receive(Buffer.from(text))
    })
  }

  /** The client goes: in order (FIN, and whatever is still written to it fails), or at once. */
  leave(how: 'end' | 'reset'): void {
    if (this.#over) return
    this.#over = true
    this.#arrive(() => {
      if (how === 'reset') this.#socket.destroy(new Error('read ECONNRESET'))
      else this.#socket.push(null)
    })
    if (how === 'end')
      this.#arrive(() => {
        this.#socket.destroy(new Error('write EPIPE'))
      })
  }

  fromServer(bytes: Buffer, taken: () => void): void {
    if (this.#over) return
    const onTheWay = this.#toClient.reduce((sum, each) => sum + each.bytes.length, 0)
    const roomLeft = onTheWay < windowBytes
    this.#toClient.push({ bytes: Buffer.from(bytes), taken: roomLeft ? () => undefined : taken })
    if (roomLeft) this.#options.wire.scheduler.after(0, taken)
    this.#read()
  }

  serverClosed(clean: boolean): void {
    this.#serverClosed ??= clean ? 'clean' : 'broken'
    this.#death.cancel()
    // What was on its way when the connection broke may never arrive.
    if (!clean) this.#toClient.splice(this.#options.wire.random.int(0, this.#toClient.length))
    this.#read()
  }

  /** Towards the server, in order. */
  #arrive(work: () => void): void {
    const { wire, process } = this.#options
    const { scheduler } = wire
    const at = Math.max(this.#lastArrivalAt, scheduler.now + wire.latency())
    this.#lastArrivalAt = at + 0.000_1
    scheduler.after(at - scheduler.now, () => {
      this.#toServer.push(work)
      process.enter(() => this.#toServer.shift()?.())
    })
  }
  readonly #toServer: (() => void)[] = []

  #oneRead(): Buffer[] {
    const taken: Buffer[] = []
    let left = this.#options.readBytes
    while (left > 0) {
      const [piece] = this.#toClient
      if (piece === undefined) break
      taken.push(piece.bytes.subarray(0, left))
      left -= piece.bytes.length
      piece.bytes = piece.bytes.subarray(taken.at(-1)?.length)
      if (piece.bytes.length > 0) break
      this.#toClient.shift()
      piece.taken()
    }
    return taken
  }

  #read(): void {
    if (this.#reading || this.#over) return
    const [next] = this.#toClient
    if (next === undefined && this.#serverClosed === null) return
    const pauseMs = this.#options.readPauseMs()
    // One that does not read still learns of a broken connection, by its own keep-alive.
    if (pauseMs === null && this.#serverClosed !== 'broken') return
    this.#reading = true
    const { scheduler } = this.#options.wire
    scheduler.after(this.#options.wire.latency() + (pauseMs ?? 0), () => {
      this.#reading = false
      if (this.#over) return
      const { events } = this.#options
      const pieces = this.#oneRead()
      if (pieces.length > 0) {
        events.onBytes(Buffer.concat(pieces))
      } else {
        this.#over = true
        if (this.#serverClosed === 'clean') events.onEnd()
        else events.onReset()
      }
      this.#read()
    })
  }
}
