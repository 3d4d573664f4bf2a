import { marker, nonceDigits } from '../marker.ts'
import type { Endpoint } from './protocol.ts'

export interface PromptOptions {
  readonly endpoint: Endpoint
  /** 0 = a plain reply. */
  readonly tokens: number
  readonly intervalMs: number
  readonly bytes: number
}

const system =
  'You are a careful assistant. Answer in plain words, name your sources, and say so when you do not know. ' +
  'Keep the answer short unless the user asks for detail.'
const blank = '0'.repeat(nonceDigits)

/** One request as bytes, with the place of its nonce. Each connection has a copy of its own and writes the next nonce into it. */
export class Prompt {
  readonly bytes: Buffer
  readonly #nonceAt: number

  constructor({ endpoint, tokens, intervalMs, bytes }: PromptOptions) {
    const text = (filler: string) =>
      JSON.stringify({
        model: endpoint.model,
        ...(tokens > 0 ? { stream: true } : {}),
        temperature: 0.2,
        max_tokens: 256,
        messages: [
          { role: 'system', content: system },
          { role: 'user', content: `${marker({ nonce: blank, tokens, intervalMs })} ${filler}` },
        ],
      })
    const filler = 'What does a gateway do? '
    const missing = Math.max(0, bytes - text('').length)
    const body = text(filler.repeat(Math.ceil(missing / filler.length)).slice(0, missing))
    const headers = Object.entries({
      host: `${endpoint.host}:${String(endpoint.port)}`,
      'content-type': 'application/json',
      accept: tokens > 0 ? 'text/event-stream' : 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...endpoint.headers,
    })
    const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    this.bytes = Buffer.from(`POST ${endpoint.path} HTTP/1.1\r\n${head}\r\n${body}`)
    this.#nonceAt = this.bytes.indexOf('[[nonce=') + '[[nonce='.length
  }

  number(nonce: string): void {
    this.bytes.write(nonce, this.#nonceAt, 'latin1')
  }
}
