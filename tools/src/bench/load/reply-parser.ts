const headEnd = '\r\n\r\n'
const nothing = Buffer.alloc(0)

export interface ReplyHandler {
  onHead(status: number): void
  /** A piece of the body, framing removed; valid during the call only. */
  onBody(bytes: Buffer): void
  /** `reusable`: another request may follow on this connection. */
  onEnd(reusable: boolean): void
}

/**
 * HTTP/1.1 replies out of a connection's bytes, one at a time, however they are cut. States: `head` → `length` or the three of a
 * chunked body (`size` → `data` → `data-end` → `size` …, `trailer` after the chunk of size 0) → `head`. A reply with neither length
 * nor chunks ends with its connection (`until-close`).
 */
export class ReplyParser {
  readonly #handler: ReplyHandler
  #state: 'head' | 'length' | 'size' | 'data' | 'data-end' | 'trailer' | 'until-close' = 'head'
  /** Bytes of a head or of a chunk-size line that ended in the middle. */
  #rest: Buffer = nothing
  #left = 0
  #reusable = true

  constructor(handler: ReplyHandler) {
    this.#handler = handler
  }

  /** Between two replies. */
  get idle(): boolean {
    return this.#state === 'head' && this.#rest.length === 0
  }

  push(bytes: Buffer): void {
    let input = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    this.#rest = nothing
    while (input.length > 0) {
      const used = this.#step(input)
      if (used === 0) {
        this.#rest = input
        return
      }
      input = input.subarray(used)
    }
  }

  /** The connection ended; true when that is how the reply in progress was meant to end. */
  close(): boolean {
    if (this.#state === 'until-close') {
      this.#state = 'head'
      this.#handler.onEnd(false)
      return true
    }
    return this.idle
  }

  /** How many bytes of `input` were used; 0 = more are needed. */
  #step(input: Buffer): number {
    switch (this.#state) {
      case 'head':
        return this.#readHead(input)
      case 'length':
      case 'data':
        return this.#readData(input)
      case 'until-close':
        this.#handler.onBody(input)
        return input.length
      case 'size':
        return this.#readSize(input)
      case 'data-end':
        if (input.length < 2) return 0
        this.#state = 'size'
        return 2
      case 'trailer':
        return this.#readTrailer(input)
    }
  }

  #readHead(input: Buffer): number {
    const end = input.indexOf(headEnd)
    if (end < 0) return 0
    const head = input.toString('latin1', 0, end)
    const status = Number(head.slice(9, 12))
    const used = end + headEnd.length
    if (status < 200) return used
    this.#reusable = !/\r\nconnection: *close/i.test(head)
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    if (/\r\ntransfer-encoding: *chunked/i.test(head)) this.#state = 'size'
    else if (length !== undefined) {
      this.#left = Number(length)
      this.#state = 'length'
    } else this.#state = status === 204 || status === 304 ? 'head' : 'until-close'
    this.#handler.onHead(status)
    if ((this.#state === 'length' && this.#left === 0) || this.#state === 'head') this.#end()
    return used
  }

  #readData(input: Buffer): number {
    const size = Math.min(this.#left, input.length)
    this.#left -= size
    this.#handler.onBody(size === input.length ? input : input.subarray(0, size))
    if (this.#left === 0) {
      if (this.#state === 'length') this.#end()
      else this.#state = 'data-end'
    }
    return size
  }

  #readSize(input: Buffer): number {
    const end = input.indexOf('\r\n')
    if (end < 0) return 0
    this.#left = Number.parseInt(input.toString('latin1', 0, end), 16)
    if (!(this.#left >= 0)) throw new Error('not a chunk size')
    this.#state = this.#left === 0 ? 'trailer' : 'data'
    return end + 2
  }

  #readTrailer(input: Buffer): number {
    const end = input.indexOf('\r\n')
    if (end < 0) return 0
    if (end === 0) this.#end()
    return end + 2
  }

  #end(): void {
    this.#state = 'head'
    this.#handler.onEnd(this.#reusable)
  }
}
