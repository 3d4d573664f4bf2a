import { boundOpenParts } from '@sluice/wire/bounds'
import { generationError, wireErrors } from '@sluice/wire/errors'
import { SseFeed } from '@sluice/wire/sse-feed'
import type { ReplyEdits, StreamDecoder, StreamEnd } from '@sluice/wire/wire-format'
import { textLength } from './choice-text.ts'
import { type Chunk, type Identity, normaliseChunk } from './chunk.ts'
import { ChunkEnvelope } from './chunk-envelope.ts'
import { decodeInlineError } from './decode-error.ts'
import { decodeUsage } from './decode-usage.ts'
import { isErrorFinish, normalFinishReason } from './finish-reason.ts'
import { isObject, type JsonObject, parseJson, stringOrNull } from '@sluice/wire/json'
import { cutShort, endMarker, errorIn } from './stream-events.ts'

/** After so many chunks in a row that fitted no envelope, learning costs more than it gives (log probabilities, several choices). */
const maxFruitlessLessons = 8

export function createPassThrough(edits: ReplyEdits): StreamDecoder {
  return new OpenAiChatPassThrough(edits)
}

/**
 * Passes a stream on, chunk by chunk:
 *
 *   publishing ── every choice seen so far has its finish reason ──► holding ── `[DONE]`, close ──► whole
 *       ▲                                                              │
 *       └────────── text of a choice that has none yet (n > 1) ────────┘
 *   either ── error frame, garbage, event too large ──► failed
 *   publishing ── `[DONE]`, close ──► failed (a cut answer never looks whole)
 *
 * Usage is taken from any chunk; it leaves as one chunk of its own, last, and only when it was asked for.
 */
class OpenAiChatPassThrough implements StreamDecoder {
  outputCharacters = 0
  readonly #edits: ReplyEdits
  readonly #identity: Identity = { id: null, created: null }
  readonly #feed: SseFeed
  #out: string[] = []
  #held: string[] = []
  #heldLength = 0
  /** Finish reason by choice index; null while the choice runs. */
  readonly #choices = new Map<number, string | null>()
  #usage: JsonObject | null = null
  /** The provider's own usage chunk, with whatever else it says. */
  #usageChunk: Chunk | null = null
  #ended = false
  #envelope: ChunkEnvelope | null = null
  #fruitlessLessons = 0

  constructor(edits: ReplyEdits) {
    this.#edits = edits
    this.#feed = new SseFeed(edits.maxEventBytes, (data, event) => {
      this.#onEvent(data, event)
    })
  }

  get done(): boolean {
    return this.#ended || this.#feed.failure !== null
  }

  push(chunk: Buffer): readonly string[] {
    this.#out = []
    if (!this.done) this.#feed.push(chunk)
    return this.#out
  }

  end(): StreamEnd {
    this.#out = []
    if (!this.done) this.#feed.end()
    const usage = decodeUsage(this.#usage)
    const error = this.#feed.failure ?? (this.#isHolding() ? null : cutShort())
    if (error) return { ok: false, error, usage }
    const events = [...this.#out, ...this.#held]
    if (this.#edits.includeUsage && this.#usage) events.push(this.#usageEvent(this.#usage))
    events.push(endMarker)
    const [finishReason] = [...this.#choices].toSorted(([a], [b]) => a - b).map(([, f]) => f)
    return { ok: true, events, finishReason: normalFinishReason(finishReason ?? ''), usage }
  }

  #onEvent(data: string, event: string | undefined): void {
    if (this.done) return
    const known = this.#envelope?.rewrite(data)
    if (known != null && event !== 'error') {
      this.#fruitlessLessons = 0
      this.outputCharacters += this.#envelope?.characters ?? 0
      this.#out.push(known)
    } else if (data.trim() === endMarker) this.#ended = true
    else this.#readChunk(data, event)
  }

  #readChunk(data: string, event: string | undefined): void {
    const value = parseJson(data)
    const error = errorIn(value, event)
    if (error || !isObject(value)) {
      this.#feed.failure = error
        ? decodeInlineError(error)
        : generationError(wireErrors.upstream_error)
      return
    }
    this.#envelope = null
    const hadUsage = isObject(value['usage'])
    const chunk = normaliseChunk(value, this.#identity, this.#edits)
    if (hadUsage) this.#takeUsage(chunk)
    if (hadUsage && chunk.choices.length === 0) {
      this.#usageChunk = chunk
      return
    }
    for (const choice of chunk.choices) {
      const finish = stringOrNull(choice['finish_reason'])
      if (finish !== null && isErrorFinish(finish)) {
        this.#feed.failure = generationError(wireErrors.upstream_error)
        return
      }
      this.outputCharacters += textLength(choice.delta)
      this.#choices.set(choice.index, finish ?? this.#choices.get(choice.index) ?? null)
      boundOpenParts(this.#choices.size)
    }
    const text = JSON.stringify(chunk)
    this.#emit(text)
    if (!this.#isHolding()) this.#learn(data, text, chunk)
  }

  /** Usage beside choices would be a second usage chunk to those who asked, and an unasked one to the others. */
  #takeUsage(chunk: Chunk): void {
    this.#usage = chunk['usage'] as JsonObject
    if (chunk.choices.length > 0) delete chunk['usage']
  }

  #emit(text: string): void {
    if (this.#isHolding()) {
      this.#held.push(text)
      this.#heldLength += text.length
      if (this.#heldLength > this.#edits.maxEventBytes) {
        this.#feed.failure = generationError(wireErrors.wire_event_too_large)
      }
      return
    }
    this.#out.push(...this.#held, text)
    this.#held = []
    this.#heldLength = 0
  }

  #isHolding(): boolean {
    if (this.#choices.size === 0) return false
    for (const finish of this.#choices.values()) if (finish === null) return false
    return true
  }

  #learn(data: string, text: string, chunk: Chunk): void {
    if (this.#fruitlessLessons >= maxFruitlessLessons) return
    this.#fruitlessLessons += 1
    this.#envelope = ChunkEnvelope.learn(data, text, chunk)
  }

  #usageEvent(usage: JsonObject): string {
    const own = this.#usageChunk
    const { id, created } = this.#identity
    const named = { id, object: 'chat.completion.chunk', created, model: this.#edits.model }
    return JSON.stringify({ ...named, ...own, choices: [], usage })
  }
}
