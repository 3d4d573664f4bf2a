import { generationError, wireErrors } from '@sluice/wire/errors'
import { type JsonObject, stringOrNull, textOf } from '@sluice/wire/json'
import type { ReplyEdits, StreamDecoder, StreamEnd } from '@sluice/wire/wire-format'
import { decodeUsage } from '@sluice/wire-openai-chat/decode-usage'
import { normalFinishReason } from '@sluice/wire-openai-chat/finish-reason'
import { endMarker } from '@sluice/wire-openai-chat/stream-events'
import { type Choice, CompletionReader } from './completion-reader.ts'
import { envelopeOf } from './encode-reply.ts'

export function createPassThrough(edits: ReplyEdits): StreamDecoder {
  return new OpenAiCompletionsPassThrough(edits)
}

/** Chunks as they come, under the caller's model name; from the one on that ends the last open choice they are held back. */
class OpenAiCompletionsPassThrough implements StreamDecoder {
  outputCharacters = 0
  readonly #edits: ReplyEdits
  readonly #reader: CompletionReader
  #out: string[] = []
  #held: string[] = []
  #heldLength = 0

  constructor(edits: ReplyEdits) {
    this.#edits = edits
    this.#reader = new CompletionReader(edits.maxEventBytes, (chunk, choices) => {
      this.#onChunk(chunk, choices)
    })
  }

  get done(): boolean {
    return this.#reader.done
  }

  push(chunk: Buffer): readonly string[] {
    this.#out = []
    this.#reader.push(chunk)
    return this.#out
  }

  end(): StreamEnd {
    this.#out = []
    const error = this.#reader.end()
    const { usage: counted, choices } = this.#reader
    const usage = decodeUsage(counted)
    if (error) return { ok: false, error, usage }
    const events = [...this.#out, ...this.#held]
    if (this.#edits.includeUsage && counted) {
      events.push(JSON.stringify({ ...envelopeOf(this.#edits), choices: [], usage: counted }))
    }
    events.push(endMarker)
    const [finish] = [...choices].toSorted(([a], [b]) => a - b).map(([, reason]) => reason)
    return { ok: true, events, finishReason: normalFinishReason(finish ?? ''), usage }
  }

  #onChunk(chunk: JsonObject, choices: readonly Choice[]): void {
    for (const { text } of choices) this.outputCharacters += textOf(text).length
    const { usage, ...rest } = chunk
    // Of a chunk that only counts, nothing is left to show now.
    if (choices.length === 0 && usage !== undefined) return
    const { id, object, created, model } = envelopeOf(this.#edits)
    this.#emit(
      JSON.stringify({
        ...rest,
        id: stringOrNull(rest['id']) ?? id,
        object,
        created: rest['created'] ?? created,
        model,
        choices,
      }),
    )
  }

  #emit(text: string): void {
    if (!this.#reader.isComplete) {
      this.#out.push(...this.#held, text)
      this.#held = []
      this.#heldLength = 0
      return
    }
    this.#held.push(text)
    this.#heldLength += text.length
    if (this.#heldLength > this.#edits.maxEventBytes) {
      this.#reader.fail(generationError(wireErrors.wire_event_too_large))
    }
  }
}
