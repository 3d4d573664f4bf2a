import type { Finish, PartDecoder, PartsEnd, StreamPart } from '@sluice/wire/canonical-reply'
import { generationError, wireErrors } from '@sluice/wire/errors'
import { isObject, type JsonObject, parseJson, stringOrNull } from '@sluice/wire/json'
import { SseFeed } from '@sluice/wire/sse-feed'
import { type CallIds, createCallIds } from '@sluice/wire/tool-identity'
import type { DecoderOptions } from '@sluice/wire/wire-format'
import { decodeInlineError } from './decode-error.ts'
import { decodeReasoningDetails } from './opaque-parts.ts'
import { decodeUsage } from './decode-usage.ts'
import { choiceIndex } from './choice-index.ts'
import { isErrorFinish, normalFinishReason } from './finish-reason.ts'
import { cutShort, endMarker, errorIn } from './stream-events.ts'
import { StreamedCalls } from './streamed-calls.ts'

export function createPartDecoder(options: DecoderOptions): PartDecoder {
  return new OpenAiChatDecoder(options)
}

/** One answer of a stream; most have only one. */
interface ReadChoice {
  readonly calls: StreamedCalls
  /** Null while it goes on. */
  finish: string | null
}

/** Reads a stream in all the odd forms that vendors give it (T03, T43); usage is taken from any chunk. */
class OpenAiChatDecoder implements PartDecoder {
  readonly #feed: SseFeed
  readonly #ids: CallIds
  readonly #choices: ReadChoice[] = []
  #out: StreamPart[] = []
  #usage: unknown = null
  #ended = false

  constructor({ requestId, maxEventBytes }: DecoderOptions) {
    this.#ids = createCallIds(requestId)
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
    const finishes = Array.from(this.#choices, finishOf)
    const [first, ...others] = finishes.filter((finish) => finish !== null)
    if (!first || others.length + 1 < finishes.length)
      return { ok: false, error: cutShort(), usage }
    const several = others.length > 0 ? { others } : {}
    return { ok: true, parts: this.#out, finish: first, ...several, usage }
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
      const index = isObject(choice) ? choiceIndex(choice) : null
      if (isObject(choice) && index !== null) this.#onChoice(choice, index)
    }
  }

  #onChoice(choice: JsonObject, index: number): void {
    const read = (this.#choices[index] ??= { calls: new StreamedCalls(this.#ids), finish: null })
    const first = this.#out.length
    if (isObject(choice['delta'])) this.#onDelta(choice['delta'], read.calls)
    if (index > 0)
      for (let at = first; at < this.#out.length; at += 1)
        this.#out[at] = { ...(this.#out[at] as StreamPart), choice: index }
    const finish = stringOrNull(choice['finish_reason'])
    if (finish === null) return
    if (isErrorFinish(finish)) this.#feed.failure = generationError(wireErrors.upstream_error)
    else read.finish = finish
  }

  #onDelta(delta: JsonObject, calls: StreamedCalls): void {
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
        if (isObject(call)) calls.read(call, this.#out)
      }
    }
    // The retired form: one call, without an id.
    const { function_call: legacy } = delta
    if (isObject(legacy)) calls.read({ index: 0, function: legacy }, this.#out)
  }
}

/** Null for an answer that has not ended, or that never began. */
function finishOf(choice: ReadChoice | undefined): Finish | null {
  if (choice?.finish == null) return null
  const reason = normalFinishReason(choice.finish)
  const called = choice.calls.count > 0
  return { reason: reason === 'stop' && called ? 'tool_calls' : reason, raw: choice.finish }
}
