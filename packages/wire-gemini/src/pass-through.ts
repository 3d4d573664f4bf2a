import type { JsonObject } from '@sluice/wire/json'
import { generationError, wireErrors } from '@sluice/wire/errors'
import type { ReplyEdits, StreamDecoder, StreamEnd } from '@sluice/wire/wire-format'
import { decodeUsage } from './decode-usage.ts'
import { decodeFinish } from './finish-reason.ts'
import { objectMember } from './member.ts'
import { StreamEvents } from './stream-events.ts'

export function createPassThrough(edits: ReplyEdits): StreamDecoder {
  return new GeminiPassThrough(edits)
}

/** The provider's events with the caller's model name in them; from the one with the finish reason on they are held back. */
class GeminiPassThrough implements StreamDecoder {
  outputCharacters = 0
  readonly #edits: ReplyEdits
  readonly #events: StreamEvents
  #out: string[] = []
  #held: string[] = []
  #heldLength = 0
  #called = false

  constructor(edits: ReplyEdits) {
    this.#edits = edits
    this.#events = new StreamEvents(edits.maxEventBytes, ({ candidates }, event) => {
      for (const { parts } of candidates) for (const part of parts) this.#count(part)
      this.#emit(JSON.stringify({ ...event, modelVersion: edits.model }))
    })
  }

  get done(): boolean {
    return this.#events.failure !== null
  }

  push(chunk: Buffer): readonly string[] {
    this.#out = []
    this.#events.push(chunk)
    return this.#out
  }

  end(): StreamEnd {
    this.#out = []
    const end = this.#events.end()
    const usage = decodeUsage(this.#events.usage)
    if (end.failure) return { ok: false, error: end.failure, usage }
    const events = [...this.#out, ...this.#held]
    const [finish = ''] = end.finishes
    return { ok: true, events, finishReason: decodeFinish(finish, this.#called).reason, usage }
  }

  #emit(text: string): void {
    if (!this.#events.isFinished) {
      // A candidate that begins after the others had ended: what was held is no end after all.
      this.#out.push(...this.#held, text)
      this.#held = []
      this.#heldLength = 0
      return
    }
    this.#held.push(text)
    this.#heldLength += text.length
    if (this.#heldLength > this.#edits.maxEventBytes) {
      this.#events.fail(generationError(wireErrors.wire_event_too_large))
    }
  }

  #count(part: JsonObject): void {
    const { text } = part
    if (typeof text === 'string') this.outputCharacters += text.length
    const call = objectMember(part, 'functionCall')
    if (!call) return
    this.#called = true
    this.outputCharacters += JSON.stringify(call).length
  }
}
