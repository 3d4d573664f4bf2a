import { monotonicMicros, nonceDigits, partTextLength, replyBytes } from '../marker.ts'
import { EventSplitter } from './event-splitter.ts'
import type { Samples } from './samples.ts'

const contentField = '"content":"'
/** A gateway may change the model's name, the id and the order of fields, not the answer. */
const minReplyBytes = replyBytes - 128

/** Checks one answer as it arrives. `finish` says what was wrong, or null. */
export interface AnswerCheck {
  push(bytes: Buffer): void
  finish(): string | null
}

/** A plain reply: complete JSON (by its ends and its length) that carries the nonce of its request. */
export class PlainCheck implements AnswerCheck {
  readonly #nonce: string
  #body: Buffer | null = null

  constructor(nonce: string) {
    this.#nonce = nonce
  }

  push(bytes: Buffer): void {
    this.#body = this.#body === null ? Buffer.from(bytes) : Buffer.concat([this.#body, bytes])
  }

  finish(): string | null {
    const body = this.#body
    if (!body || body.length < minReplyBytes)
      return `short reply: ${String(body?.length ?? 0)} bytes`
    const text = body.toString('latin1').trimEnd()
    if (!text.startsWith('{') || !text.endsWith('}')) return 'reply is not a whole JSON object'
    if (!text.includes(`"content":"${this.#nonce} `)) return 'reply belongs to another request'
    return null
  }
}

export interface StreamTimes {
  readonly firstPart: Samples
  readonly partDelay: Samples
  readonly sentAt: number
}

/** A stream: every part once, in order, with its request's nonce, then `[DONE]`. */
export class StreamCheck implements AnswerCheck {
  readonly #nonce: string
  readonly #tokens: number
  readonly #times: StreamTimes
  readonly #events = new EventSplitter((event) => {
    this.#onEvent(event)
  })
  #now = 0
  #problem: string | null = null
  #done = false
  parts = 0

  constructor(nonce: string, tokens: number, times: StreamTimes) {
    this.#nonce = nonce
    this.#tokens = tokens
    this.#times = times
  }

  push(bytes: Buffer): void {
    this.#now = monotonicMicros()
    this.#events.push(bytes)
  }

  #onEvent(event: Buffer): void {
    if (this.#done) this.#problem ??= 'event after [DONE]'
    const at = event.indexOf(contentField)
    if (at < 0) {
      if (event.includes('data: [DONE]')) this.#done = true
      else if (event.includes('"error"')) this.#problem ??= event.toString('latin1', 0, 300)
      return
    }
    const start = at + contentField.length
    const text = event.toString('latin1', start, start + partTextLength)
    // Some gateways open with an empty part that carries only the role.
    if (text.startsWith('"')) return
    const index = Number(text.slice(nonceDigits + 1, nonceDigits + 7))
    if (!text.startsWith(this.#nonce)) this.#problem ??= 'part belongs to another request'
    else if (index !== this.parts)
      this.#problem ??= `part ${String(index)} came in the place of part ${String(this.parts)}`
    if (this.parts === 0) this.#times.firstPart.add(this.#now - this.#times.sentAt)
    this.#times.partDelay.add(this.#now - Number(text.slice(nonceDigits + 8)))
    this.parts += 1
  }

  finish(): string | null {
    if (this.#problem) return this.#problem
    if (this.parts !== this.#tokens) return `${String(this.parts)} of ${String(this.#tokens)} parts`
    if (!this.#done || this.#events.pending > 0) return 'stream ended without [DONE]'
    return null
  }
}
