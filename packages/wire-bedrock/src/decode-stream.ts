import type { PartDecoder, PartsEnd, StreamPart } from '@sluice/wire/canonical-reply'
import { boundOpenParts } from '@sluice/wire/bounds'
import { generationError, wireErrors } from '@sluice/wire/errors'
import { isObject, type JsonObject, parseJson, stringOrNull } from '@sluice/wire/json'
import { createCallIds } from '@sluice/wire/tool-identity'
import type { DecoderOptions } from '@sluice/wire/wire-format'
import { decodeUsage } from './decode-usage.ts'
import { cutShort, EventFrames } from './event-frames.ts'
import { decodeFinish, isErrorFinish } from './finish-reason.ts'

export function createPartDecoder(options: DecoderOptions): PartDecoder {
  return new ConverseDecoder(options)
}

interface OpenCall {
  readonly index: number
  /** Some of its arguments have come. */
  argued: boolean
}

/** Blocks come one after the other, each with its index; `messageStop` has the reason and `metadata`, after it, the usage. */
class ConverseDecoder implements PartDecoder {
  readonly #frames: EventFrames
  readonly #ids: ReturnType<typeof createCallIds>
  #out: StreamPart[] = []
  /** By index of the block. */
  readonly #calls = new Map<number, OpenCall>()
  #count = 0
  #finish: string | null = null
  #metadata: JsonObject | null = null

  constructor({ requestId, maxEventBytes }: DecoderOptions) {
    this.#ids = createCallIds(requestId)
    this.#frames = new EventFrames(maxEventBytes, (type, payload) => {
      if (!this.done) this.#onEvent(type, parseJson(payload.toString()))
    })
  }

  get done(): boolean {
    return this.#frames.failure !== null || (this.#finish !== null && this.#metadata !== null)
  }

  push(chunk: Buffer): readonly StreamPart[] {
    this.#out = []
    if (!this.done) this.#frames.push(chunk)
    return this.#out
  }

  end(): PartsEnd {
    this.#out = []
    if (!this.done) this.#frames.end()
    const usage = decodeUsage(this.#metadata?.['usage'])
    const error = this.#frames.failure ?? (this.#finish === null ? cutShort() : null)
    if (error) return { ok: false, error, usage }
    for (const index of this.#calls.keys()) this.#close(index)
    const finish = decodeFinish(this.#finish ?? '', this.#count > 0)
    return { ok: true, parts: this.#out, finish, usage }
  }

  #onEvent(type: string, event: unknown): void {
    if (!isObject(event)) {
      this.#frames.failure = generationError(wireErrors.upstream_error)
      return
    }
    const { contentBlockIndex: position } = event
    const block = typeof position === 'number' ? position : 0
    switch (type) {
      case 'contentBlockStart':
        if (isObject(event['start'])) this.#onStart(block, event['start'])
        break
      case 'contentBlockDelta':
        if (isObject(event['delta'])) this.#onDelta(block, event['delta'])
        break
      case 'contentBlockStop':
        this.#close(block)
        break
      case 'messageStop': {
        const reason = stringOrNull(event['stopReason']) ?? 'end_turn'
        if (isErrorFinish(reason)) this.#frames.failure = generationError(wireErrors.upstream_error)
        else this.#finish = reason
        break
      }
      case 'metadata':
        this.#metadata = event
    }
  }

  #onStart(block: number, { toolUse }: JsonObject): void {
    const name = isObject(toolUse) ? stringOrNull(toolUse['name']) : null
    if (!isObject(toolUse) || name === null) return
    this.#close(block)
    const index = this.#count++
    this.#calls.set(block, { index, argued: false })
    boundOpenParts(this.#calls.size)
    const id = this.#ids.next(stringOrNull(toolUse['toolUseId']))
    this.#out.push({ type: 'tool-call', index, id, name })
  }

  #onDelta(block: number, { text, toolUse, reasoningContent: reasoning }: JsonObject): void {
    if (typeof text === 'string' && text !== '') this.#out.push({ type: 'text', text })
    if (isObject(toolUse)) this.#onInput(block, toolUse['input'])
    if (isObject(reasoning)) this.#onReasoning(reasoning)
  }

  #onInput(block: number, input: unknown): void {
    const call = this.#calls.get(block)
    if (!call || typeof input !== 'string' || input === '') return
    call.argued = true
    this.#out.push({ type: 'tool-arguments', index: call.index, text: input })
  }

  #onReasoning({ text, signature, redactedContent }: JsonObject): void {
    if (typeof text === 'string' && text !== '') this.#out.push({ type: 'reasoning', text })
    if (typeof signature === 'string' && signature !== '') {
      this.#out.push({ type: 'reasoning-signature', signature, origin: 'anthropic-messages' })
    }
    if (typeof redactedContent === 'string') {
      this.#out.push({
        type: 'reasoning-signature',
        redacted: redactedContent,
        origin: 'bedrock-converse',
      })
    }
  }

  /** A call without arguments has `{}` (T04). */
  #close(block: number): void {
    const call = this.#calls.get(block)
    if (call?.argued === false) {
      call.argued = true
      this.#out.push({ type: 'tool-arguments', index: call.index, text: '{}' })
    }
  }
}
