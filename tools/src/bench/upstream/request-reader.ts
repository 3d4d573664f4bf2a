const headEnd = '\r\n\r\n'
const nothing = Buffer.alloc(0)

export interface UpstreamRequest {
  readonly path: string
  readonly body: Buffer
}

/**
 * Cuts requests out of a connection's bytes. For the requests of the benchmark only: lengths and chunked bodies are understood,
 * nothing is defended against.
 */
export class RequestReader {
  readonly #onRequest: (request: UpstreamRequest) => void
  #rest: Buffer = nothing
  #path: string | null = null
  #length = 0
  #chunks: Buffer[] = []
  #received = 0
  #isChunked = false

  constructor(onRequest: (request: UpstreamRequest) => void) {
    this.#onRequest = onRequest
  }

  push(bytes: Buffer): void {
    // A long body of known length is collected, not joined again with every read.
    if (this.#path !== null && !this.#isChunked) {
      this.#collect(bytes)
      return
    }
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    this.#step()
  }

  #step(): void {
    if (this.#path !== null) {
      if (this.#isChunked) this.#readChunked()
      return
    }
    const end = this.#rest.indexOf(headEnd)
    if (end < 0) return
    const head = this.#rest.toString('latin1', 0, end)
    const after = this.#rest.subarray(end + headEnd.length)
    this.#path = head.slice(head.indexOf(' ') + 1, head.indexOf(' ', head.indexOf(' ') + 1))
    this.#isChunked = /\r\ntransfer-encoding: *chunked/i.test(head)
    this.#length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
    this.#rest = nothing
    if (this.#isChunked) {
      this.#rest = after
      this.#readChunked()
    } else this.#collect(after)
  }

  #collect(bytes: Buffer): void {
    this.#chunks.push(bytes)
    this.#received += bytes.length
    if (this.#received < this.#length) return
    const all = this.#chunks.length === 1 ? bytes : Buffer.concat(this.#chunks)
    this.#finish(all.subarray(0, this.#length), all.subarray(this.#length))
  }

  #readChunked(): void {
    for (;;) {
      const lineEnd = this.#rest.indexOf('\r\n')
      if (lineEnd < 0) return
      const size = Number.parseInt(this.#rest.toString('latin1', 0, lineEnd), 16)
      const dataEnd = lineEnd + 2 + size
      if (this.#rest.length < dataEnd + 2) return
      const data = this.#rest.subarray(lineEnd + 2, dataEnd)
      this.#rest = this.#rest.subarray(dataEnd + 2)
      if (size === 0) {
        this.#finish(Buffer.concat(this.#chunks), this.#rest)
        return
      }
      this.#chunks.push(data)
    }
  }

  #finish(body: Buffer, rest: Buffer): void {
    const path = this.#path ?? ''
    this.#path = null
    this.#chunks = []
    this.#received = 0
    this.#rest = rest
    this.#onRequest({ path, body })
    if (rest.length > 0) this.#step()
  }
}
