import type { PartDecoder, PartsEnd, StreamPart } from '@sluice/wire/canonical-reply'
import { generationError, wireErrors } from '@sluice/wire/errors'
import { isObject, type JsonObject, parseJson, stringOrNull } from '@sluice/wire/json'
import { SseFeed } from '@sluice/wire/sse-feed'
import type { DecoderOptions } from '@sluice/wire/wire-format'
import { decodeInlineError } from './decode-error.ts'
import { decodeReasoningDetails } from './opaque-parts.ts'
import { decodeUsage } from './decode-usage.ts'
import { isErrorFinish, normalFinishReason } from './finish-reason.ts'
import { cutShort, endMarker, errorIn } from './stream-events.ts'
import { StreamedCalls } from './streamed-calls.ts'

export function createPartDecoder(options: DecoderOptions): PartDecoder {
  return new OpenAiChatDecoder(options)
}

/** Reads the first answer of a stream, in all the odd forms that vendors give it (T03, T43); usage is taken from any chunk. */
class OpenAiChatDecoder implements PartDecoder {
  readonly #feed: SseFeed
  readonly #calls: StreamedCalls
  #out: StreamPart[] = []
  #finish: string | null = null
  #usage: unknown = null
  #ended = false

  constructor({ requestId, maxEventBytes }: DecoderOptions) {
    this.#calls = new StreamedCalls(requestId)
    this.#feed = new SseFeed(maxEventBytes, (data, event) => {
      this.#onEvent(data, event)
    })
  }

  get done(): boolean {
    return this.#ended || this.#feed.failure !== null
  }

  push(chunk: Buffer): readonly StreamPart[] {
    this.#out = []
    if (!this.done) this.#feed.push(chunk)
    return this.#out
  }

  end(): PartsEnd {
    this.#out = []
    if (!this.done) this.#feed.end()
    const usage = decodeUsage(this.#usage)
    if (this.#feed.failure) return { ok: false, error: this.#feed.failure, usage }
    if (this.#finish === null) return { ok: false, error: cutShort(), usage }
    const reason = normalFinishReason(this.#finish)
    const finish = {
      reason: reason === 'stop' && this.#calls.count > 0 ? ('tool_calls' as const) : reason,
      raw: this.#finish,
    }
    return { ok: true, parts: this.#out, finish, usage }
  }

  #onEvent(data: string, event: string | undefined): void {
    if (this.done) return
    if (data.trim() === endMarker) {
      this.#ended = true
      return
    }
    const value = parseJson(data)
    const error = errorIn(value, event)
    if (error || !isObject(value)) {
      this.#feed.failure = error
        ? decodeInlineError(error)
        : generationError(wireErrors.upstream_error)
      return
    }
    if (isObject(value['usage'])) this.#usage = value['usage']
    for (const choice of Array.isArray(value['choices']) ? (value['choices'] as unknown[]) : []) {
      if (isObject(choice) && (choice['index'] ?? 0) === 0) this.#onChoice(choice)
    }
  }

  #onChoice(choice: JsonObject): void {
    if (isObject(choice['delta'])) this.#onDelta(choice['delta'])
    const finish = stringOrNull(choice['finish_reason'])
    if (finish === null) return
    if (isErrorFinish(finish)) this.#feed.failure = generationError(wireErrors.upstream_error)
    else this.#finish = finish
  }

  #onDelta(delta: JsonObject): void {
    const details = decodeReasoningDetails(delta['reasoning_details'])
    const thought = stringOrNull(delta['reasoning_content']) ?? stringOrNull(delta['reasoning'])
    if (thought !== null) this.#out.push({ type: 'reasoning', text: thought })
    for (const { text, signature, redacted, id, origin } of details) {
      if (text !== '' && thought === null) this.#out.push({ type: 'reasoning', text })
      if (origin === undefined || (signature === undefined && redacted === undefined)) continue
      this.#out.push({
        type: 'reasoning-signature',
        origin,
        ...(signature === undefined ? {} : { signature }),
        ...(redacted === undefined ? {} : { redacted }),
        ...(id === undefined ? {} : { id }),
      })
    }
    const text = stringOrNull(delta['content'])
    if (text !== null) this.#out.push({ type: 'text', text })
    const refusal = stringOrNull(delta['refusal'])
    if (refusal !== null) this.#out.push({ type: 'refusal', text: refusal })
    if (Array.isArray(delta['tool_calls'])) {
      for (const call of delta['tool_calls'] as unknown[]) {
        if (isObject(call)) this.#calls.read(call, this.#out)
      }
    }
    // The retired form: one call, without an id.
    const { function_call: legacy } = delta
    if (isObject(legacy)) this.#calls.read({ index: 0, function: legacy }, this.#out)
  }
}
