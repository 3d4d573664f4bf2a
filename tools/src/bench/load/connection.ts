import { connect, type Socket } from 'node:net'
import type { AnswerCheck } from './answer-check.ts'
import type { Endpoint } from './protocol.ts'
import { ReplyParser, type ReplyHandler } from './reply-parser.ts'

export interface Exchange {
  readonly check: AnswerCheck
  /** Called once; `problem` is null when the answer was right. */
  readonly onDone: (problem: string | null) => void
}

/** One keep-alive connection with at most one request in flight; opened again by the next request after it was closed. */
export class Connection implements ReplyHandler {
  readonly #endpoint: Endpoint
  #socket: Socket | null = null
  #parser: ReplyParser | null = null
  #exchange: Exchange | null = null
  #status = 0
  /** Start of the body of an answer that is not 200, to name in the report. */
  #refusal = ''

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint
  }

  send(request: Buffer, exchange: Exchange): void {
    this.#exchange = exchange
    this.#refusal = ''
    this.#socket ??= this.#open()
    this.#socket.write(request)
  }

  /** Ends what is in flight with this problem. */
  destroy(problem: string): void {
    this.#socket?.destroy()
    this.#socket = null
    this.#finish(problem)
  }

  onHead(status: number): void {
    this.#status = status
  }

  onBody(bytes: Buffer): void {
    if (this.#status === 200) this.#exchange?.check.push(bytes)
    else if (this.#refusal.length < 300) this.#refusal += bytes.toString('latin1', 0, 300)
  }

  onEnd(reusable: boolean): void {
    if (!reusable) {
      this.#socket?.destroy()
      this.#socket = null
    }
    if (this.#status === 200) this.#finish(this.#exchange?.check.finish() ?? null)
    else this.#finish(`status ${String(this.#status)}: ${this.#refusal}`)
  }

  #open(): Socket {
    const socket = connect({ host: this.#endpoint.host, port: this.#endpoint.port, noDelay: true })
    const parser = new ReplyParser(this)
    this.#parser = parser
    let error = 'connection closed in the middle of an answer'
    socket.on('data', (bytes) => {
      try {
        parser.push(bytes)
      } catch (cause) {
        this.destroy(`not HTTP: ${String(cause)}`)
      }
    })
    socket.on('error', (cause) => {
      error = cause.message
    })
    socket.on('close', () => {
      if (this.#parser !== parser) return
      this.#socket = null
      parser.close()
      this.#finish(error)
    })
    return socket
  }

  #finish(problem: string | null): void {
    const exchange = this.#exchange
    this.#exchange = null
    exchange?.onDone(problem)
  }
}
