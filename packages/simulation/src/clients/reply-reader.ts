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
  #left: number | null = null
  #chunked = false

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

  #readChunks(): void {
    for (;;) {
      const line = this.#rest.indexOf('\r\n')
      if (line < 0 || this.complete) return
      const size = Number.parseInt(this.#rest.slice(0, line), 16)
      if (this.#rest.length < line + 2 + size + 2) return
      this.body += this.#rest.slice(line + 2, line + 2 + size)
      this.#rest = this.#rest.slice(line + 2 + size + 2)
      if (size === 0) this.complete = true
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
