import type { PartDecoder, PartsEnd, StreamPart } from '@sluice/wire/canonical-reply'
import { isObject, type JsonObject, stringOrNull } from '@sluice/wire/json'
import { boundAnswer, boundOpenParts } from '@sluice/wire/bounds'
import { SseFeed } from '@sluice/wire/sse-feed'
import { createCallIds } from '@sluice/wire/tool-identity'
import type { DecoderOptions } from '@sluice/wire/wire-format'
import { blockCharacters, deltaCharacters } from './block-characters.ts'
import { decodeUsage, mergeUsage } from './decode-usage.ts'
import { type DeltaKind, readDelta, textOf } from './delta-event.ts'
import { decodeFinish } from './finish-reason.ts'
import { decodeForeign, isForeign, type Opaque, ownWire } from './foreign-reasoning.ts'
import { cutShort, endMarker, readEvent, usageOfCut } from './stream-events.ts'

export function createPartDecoder(options: DecoderOptions): PartDecoder {
  return new AnthropicDecoder(options)
}

/** A block that has begun and not yet stopped. */
type Block =
  | { readonly type: 'text' }
  | { readonly type: 'thinking'; signature: string }
  | {
      readonly type: 'tool_use'
      readonly call: number
      /** Arguments given with the beginning: they count where no pieces follow. */
      readonly input: unknown
      argued: boolean
    }
  /** What the provider's own tools did: it has no counterpart (T22). */
  | { readonly type: 'other' }

const noBlock: Block = Object.freeze({ type: 'other' })

/** Reads the blocks of a stream by their index, each by its type (T02). */
class AnthropicDecoder implements PartDecoder {
  readonly #feed: SseFeed
  readonly #ids: ReturnType<typeof createCallIds>
  readonly #blocks = new Map<unknown, Block>()
  #out: StreamPart[] = []
  #calls = 0
  #characters = 0
  #usage: JsonObject | null = null
  #stopReason: string | null = null
  #stopSequence: unknown = null
  #stopped = false

  constructor({ requestId, maxEventBytes }: DecoderOptions) {
    this.#ids = createCallIds(requestId)
    this.#feed = new SseFeed(maxEventBytes, (data, event) => {
      this.#onEvent(data, event)
    })
  }

  get done(): boolean {
    return this.#stopped || this.#feed.failure !== null
  }

  push(chunk: Buffer): readonly StreamPart[] {
    this.#out = []
    if (!this.done) this.#feed.push(chunk)
    return this.#out
  }

  end(): PartsEnd {
    this.#out = []
    if (!this.done) this.#feed.end()
    const stopReason = this.#stopReason
    if (this.#feed.failure || stopReason === null) {
      const usage = usageOfCut(this.#usage, stopReason !== null, this.#characters)
      return { ok: false, error: this.#feed.failure ?? cutShort(), usage }
    }
    // A block that was never stopped ends with the answer.
    for (const index of this.#blocks.keys()) this.#stopBlock(index)
    const decoded = decodeFinish(stopReason, this.#stopSequence)
    // Some vendors end a turn of calls like any other.
    const isCall = decoded.reason === 'stop' && this.#calls > 0
    const finish = isCall ? { ...decoded, reason: 'tool_calls' as const } : decoded
    return { ok: true, parts: this.#out, finish, usage: decodeUsage(this.#usage) }
  }

  #onEvent(data: string, name: string | undefined): void {
    if (this.done) return
    const delta = name === 'error' ? null : readDelta(data)
    if (delta) {
      this.#onPiece(delta.index, delta.kind, textOf(delta))
      return
    }
    if (data.trim() === endMarker) {
      this.#stopped = true
      return
    }
    const event = readEvent(data, name)
    if (event.error) this.#feed.failure = event.error
    else this.#onValue(event.type, event.value)
  }

  #onValue(type: string, value: JsonObject): void {
    switch (type) {
      case 'message_start': {
        // A second one is a mistake of a proxy in between (T45).
        if (this.#usage !== null || !isObject(value['message'])) return
        this.#usage = mergeUsage(null, value['message']['usage'])
        const usage = decodeUsage(this.#usage)
        if (usage) this.#out.push({ type: 'usage', usage })
        this.#startWhole(value['message'])
        break
      }
      case 'content_block_start':
        this.#startBlock(value['index'], value['content_block'])
        break
      case 'content_block_delta':
        this.#onDelta(value['index'], value['delta'])
        break
      case 'content_block_stop':
        this.#stopBlock(value['index'])
        break
      case 'message_delta': {
        const { delta, usage } = value
        this.#usage = mergeUsage(this.#usage, usage)
        if (!isObject(delta)) break
        this.#stopReason ??= stringOrNull(delta['stop_reason'])
        this.#stopSequence ??= delta['stop_sequence']
        break
      }
      case 'message_stop':
        this.#stopped = true
        break
      default: // `ping`, and whatever comes in later versions
    }
  }

  /** An answer that goes on after the provider's own tools may have its blocks, and its end, in its first event. */
  #startWhole({ content, stop_reason: stopReason, stop_sequence: stopSequence }: JsonObject): void {
    for (const [index, block] of Array.isArray(content) ? content.entries() : []) {
      this.#startBlock(index, block)
      this.#stopBlock(index)
    }
    this.#stopReason = stringOrNull(stopReason)
    this.#stopSequence = stopSequence
  }

  #startBlock(index: unknown, value: unknown): void {
    if (!isObject(value)) return
    this.#stopBlock(index)
    boundOpenParts(this.#blocks.size)
    this.#characters += blockCharacters(value)
    switch (value['type']) {
      case 'text': {
        this.#blocks.set(index, { type: 'text' })
        const text = stringOrNull(value['text'])
        if (text !== null) this.#out.push({ type: 'text', text })
        break
      }
      case 'thinking': {
        const signature = stringOrNull(value['signature']) ?? ''
        this.#blocks.set(index, { type: 'thinking', signature })
        const text = stringOrNull(value['thinking'])
        if (text !== null) this.#out.push({ type: 'reasoning', text })
        break
      }
      case 'redacted_thinking': {
        const redacted = stringOrNull(value['data'])
        this.#blocks.set(index, noBlock)
        if (redacted !== null) {
          this.#out.push({ type: 'reasoning-signature', redacted, origin: ownWire })
        }
        break
      }
      case 'tool_use': {
        const call = this.#calls++
        const id = this.#ids.next(stringOrNull(value['id']))
        const name = stringOrNull(value['name']) ?? ''
        this.#blocks.set(index, { type: 'tool_use', call, input: value['input'], argued: false })
        this.#out.push({ type: 'tool-call', index: call, id, name })
        break
      }
      default:
        this.#blocks.set(index, noBlock)
    }
  }

  #onDelta(index: unknown, delta: unknown): void {
    if (!isObject(delta)) return
    const block = this.#blocks.get(index)
    if (delta['type'] === 'signature_delta') {
      if (block?.type !== 'thinking') return
      block.signature += stringOrNull(delta['signature']) ?? ''
      boundAnswer(block.signature.length)
      return
    }
    const { text, thinking, partial_json: json } = delta
    this.#characters += deltaCharacters(delta)
    if (typeof text === 'string') this.#piece(index, 'text', text)
    else if (typeof thinking === 'string') this.#piece(index, 'thinking', thinking)
    else if (typeof json === 'string') this.#piece(index, 'partial_json', json)
  }

  #onPiece(index: number, kind: DeltaKind, text: string): void {
    this.#characters += text.length
    this.#piece(index, kind, text)
  }

  /** By what the piece is, not by the block it claims to belong to: proxies mix them up. */
  #piece(index: unknown, kind: DeltaKind, text: string): void {
    if (text === '') return
    const block = this.#blocks.get(index)
    if (block === noBlock) return
    if (kind === 'text') this.#out.push({ type: 'text', text })
    else if (kind === 'thinking') this.#out.push({ type: 'reasoning', text })
    else if (block?.type === 'tool_use') {
      block.argued = true
      this.#out.push({ type: 'tool-arguments', index: block.call, text })
    }
  }

  #stopBlock(index: unknown): void {
    const block = this.#blocks.get(index)
    this.#blocks.delete(index)
    if (block?.type === 'thinking' && block.signature !== '') {
      const { signature } = block
      const opaque: Opaque = isForeign(signature)
        ? decodeForeign(signature)
        : { signature, origin: ownWire }
      const { origin } = opaque
      if (origin) this.#out.push({ type: 'reasoning-signature', ...opaque, origin })
    } else if (block?.type === 'tool_use' && !block.argued) {
      // A call without arguments has an empty object of them (T04).
      const text = isObject(block.input) ? JSON.stringify(block.input) : '{}'
      this.#out.push({ type: 'tool-arguments', index: block.call, text })
    }
  }
}
