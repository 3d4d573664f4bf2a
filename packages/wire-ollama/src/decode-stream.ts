import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { WireName } from '@sluice/contracts/wire-name'
import { GatewayError, toGenerationError } from '@sluice/kernel/errors'
import { generationError, wireErrors } from '@sluice/wire/errors'
import { createNdjsonDecoder } from '@sluice/wire/ndjson-decoder'
import type { FramingDecoder } from '@sluice/wire/sse-decoder'
import type { ReplyEdits, StreamDecoder, StreamEnd } from '@sluice/wire/wire-format'
import { readError } from './decode-error.ts'
import { decodeUsage, encodeUsage } from './decode-usage.ts'
import { finishReason } from './finish-reason.ts'
import { isObject, type JsonObject, parseJson } from './json.ts'
import { decodeToolCalls } from './tools.ts'

export function createStreamDecoder(to: WireName, edits: ReplyEdits): StreamDecoder {
  if (to !== 'openai-chat') throw new GatewayError(wireErrors.wire_unsupported)
  return new OllamaStreamDecoder(edits)
}

/**
 * Ollama's lines as OpenAI's chunks: role, text and calls as they come, then what `end` gives: finish reason, usage when asked for, `[DONE]`.
 *
 *   publishing ── `done: true` ──► whole        publishing ── close ──► failed (cut short)
 *   publishing ── `{"error"}`, garbage, line too large ──► failed
 */
class OllamaStreamDecoder implements StreamDecoder {
  outputCharacters = 0
  readonly #edits: ReplyEdits
  readonly #lines: FramingDecoder
  /** Start of every chunk, up to its choices. */
  readonly #head: string
  #out: string[] = []
  #started = false
  #toolCalls = 0
  #last: JsonObject | null = null
  #failure: GenerationError | null = null

  constructor(edits: ReplyEdits) {
    this.#edits = edits
    const { requestId, created, model } = edits
    const named = { id: `chatcmpl-${requestId}`, object: 'chat.completion.chunk', created, model }
    this.#head = JSON.stringify(named).slice(0, -1)
    this.#lines = createNdjsonDecoder(edits.maxEventBytes, (line) => {
      this.#onLine(line)
    })
  }

  get done(): boolean {
    return this.#last !== null || this.#failure !== null
  }

  push(chunk: Buffer): readonly string[] {
    this.#out = []
    this.#guard(() => {
      this.#lines.push(chunk)
    })
    return this.#out
  }

  end(): StreamEnd {
    this.#out = []
    this.#guard(() => {
      this.#lines.end()
    })
    if (this.#failure) return { ok: false, error: this.#failure, usage: null }
    if (!this.#last) {
      const message = 'The provider closed the stream before the answer was complete'
      return { ok: false, error: generationError(wireErrors.upstream_error, message), usage: null }
    }
    const usage = decodeUsage(this.#last)
    const reason = finishReason(this.#last['done_reason'], this.#toolCalls > 0)
    const events = [...this.#out, this.#chunk('{}', `"${reason}"`)]
    if (this.#edits.includeUsage && usage) {
      events.push(`${this.#head},"choices":[],"usage":${JSON.stringify(encodeUsage(usage))}}`)
    }
    events.push('[DONE]')
    return { ok: true, events, finishReason: reason, usage }
  }

  #guard(feed: () => void): void {
    if (this.done) return
    try {
      feed()
    } catch (error) {
      if (!GatewayError.is(error)) throw error
      this.#failure = toGenerationError(error)
    }
  }

  #onLine(line: string): void {
    if (this.done) return
    const value = parseJson(line)
    if (
      !isObject(value) ||
      'error' in value ||
      !(isObject(value['message']) || value['done'] === true)
    ) {
      this.#failure = generationError(wireErrors.upstream_error, readError(value) ?? undefined)
      return
    }
    if (!this.#started) {
      this.#started = true
      this.#out.push(this.#chunk('{"role":"assistant","content":""}', 'null'))
    }
    if (isObject(value['message'])) this.#onMessage(value['message'])
    if (value['done'] === true) this.#last = value
  }

  #onMessage({ content, thinking, tool_calls: raw }: JsonObject): void {
    this.#onText('reasoning_content', thinking)
    this.#onText('content', content)
    for (const call of decodeToolCalls(raw, this.#edits.requestId, this.#toolCalls)) {
      const { name, arguments: text } = call.function
      this.outputCharacters += name.length + text.length
      const delta = { tool_calls: [{ index: this.#toolCalls++, ...call }] }
      this.#out.push(this.#chunk(JSON.stringify(delta), 'null'))
    }
  }

  #onText(name: string, text: unknown): void {
    if (typeof text !== 'string' || text === '') return
    this.outputCharacters += text.length
    this.#out.push(this.#chunk(`{"${name}":${JSON.stringify(text)}}`, 'null'))
  }

  #chunk(delta: string, finish: string): string {
    return `${this.#head},"choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finish}}]}`
  }
}
