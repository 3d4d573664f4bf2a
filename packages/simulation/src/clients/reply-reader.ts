/** Reads one HTTP/1.1 reply as its bytes come. */
export class ReplyReader {
  status = 0
  headers: Readonly<Record<string, string>> = {}
  /** Bytes of the body, one per character. */
  body = ''
  /** By its own framing. */
  complete = false
  #rest = ''
  #headRead = false
  /** Bytes that the body, or the current chunk, still has; null = its length is not known yet. */
  #left: number | null = null
  #chunked = false
  #isLast = false

  push(bytes: Buffer): void {
    this.#rest += bytes.toString('latin1')
    if (!this.#headRead && !this.#readHead()) return
    if (this.#chunked) this.#readChunks()
    else if (this.#left !== null) {
      const taken = this.#rest.slice(0, this.#left)
      this.#rest = this.#rest.slice(taken.length)
      this.#left -= taken.length
      this.body += taken
      if (this.#left === 0) this.complete = true
    }
  }

  #readHead(): boolean {
    const end = this.#rest.indexOf('\r\n\r\n')
    if (end < 0) return false
    const [first = '', ...lines] = this.#rest.slice(0, end).split('\r\n')
    this.#rest = this.#rest.slice(end + 4)
    this.status = Number(first.split(' ')[1])
    const headers: Record<string, string> = {}
    for (const line of lines) {
      const colon = line.indexOf(':')
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
    }
    this.headers = headers
    this.#chunked = headers['transfer-encoding'] === 'chunked'
    if (!this.#chunked) this.#left = Number(headers['content-length'] ?? 0)
    this.#headRead = true
    return true
  }

  /** Also the beginning of a chunk that is not here to its end: that is what a program sees that loses its connection. */
  #readChunks(): void {
    while (!this.complete) {
      if (this.#left === null) {
        const line = this.#rest.indexOf('\r\n')
        if (line < 0) return
        this.#left = Number.parseInt(this.#rest.slice(0, line), 16)
        this.#isLast = this.#left === 0
        this.#rest = this.#rest.slice(line + 2)
      }
      const taken = this.#rest.slice(0, this.#left)
      this.body += taken
      this.#left -= taken.length
      this.#rest = this.#rest.slice(taken.length)
      if (this.#left > 0 || this.#rest.length < 2) return
      this.#rest = this.#rest.slice(2)
      this.#left = null
      this.complete = this.#isLast
    }
  }
}

export interface SseEvent {
  readonly id: string | null
  readonly data: string
}

/** The whole events of a body; a last one without its blank line is not one. */
export function sseEvents(body: string): SseEvent[] {
  const blocks = body.split('\n\n').slice(0, -1)
  return blocks.flatMap((block) => {
    const lines = block.split('\n')
    const field = (name: string) =>
      lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? null
    const data = field('data')
    return data === null ? [] : [{ id: field('id'), data }]
  })
}
