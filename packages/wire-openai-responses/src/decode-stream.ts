import { generationError, wireErrors } from '@sluice/wire/errors'
import type { PartDecoder, PartsEnd, StreamPart } from '@sluice/wire/canonical-reply'
import { isObject, type JsonObject, stringOrNull } from '@sluice/wire/json'
import { asStreamParts } from '@sluice/wire/stream-parts'
import { createCallIds } from '@sluice/wire/tool-identity'
import type { DecoderOptions } from '@sluice/wire/wire-format'
import { decodeOutput } from './decode-reply.ts'
import { decodeUsage } from './decode-usage.ts'
import { decodeFinish } from './finish-reason.ts'
import { type OpenItem, OpenItems } from './open-items.ts'
import { decodeReasoning, summaryBreak } from './reasoning-item.ts'
import { StreamReader } from './stream-reader.ts'
import { textOf } from './text-of.ts'

export function createPartDecoder(options: DecoderOptions): PartDecoder {
  return new ResponsesDecoder(options)
}

/**
 * Reads deltas, and what compatible servers leave out of them: from the `done` event of an item, or (where nothing at all was streamed) from the
 * response that ends the stream. A call's own index is counted here (T03).
 */
class ResponsesDecoder implements PartDecoder {
  readonly #reader: StreamReader
  readonly #requestId: string
  readonly #ids: ReturnType<typeof createCallIds>
  readonly #items = new OpenItems()
  #out: StreamPart[] = []
  #calls = 0
  #isEmpty = true

  constructor({ requestId, maxEventBytes }: DecoderOptions) {
    this.#requestId = requestId
    this.#ids = createCallIds(requestId)
    this.#reader = new StreamReader(maxEventBytes, (type, event) => {
      this.#onEvent(type, event)
    })
  }

  get done(): boolean {
    return this.#reader.done
  }

  push(chunk: Buffer): readonly StreamPart[] {
    this.#out = []
    this.#reader.push(chunk)
    return this.#out
  }

  end(): PartsEnd {
    this.#out = []
    const response = this.#reader.close()
    const usage = decodeUsage((response ?? this.#reader.ending)?.['usage'])
    const { failure } = this.#reader
    if (!response || failure) {
      return { ok: false, error: failure ?? generationError(wireErrors.upstream_error), usage }
    }
    const finish = decodeFinish(response, this.#calls > 0)
    if (!finish) return { ok: false, error: generationError(wireErrors.upstream_error), usage }
    return { ok: true, parts: this.#out, finish, usage }
  }

  #emit(part: StreamPart): void {
    this.#isEmpty = false
    this.#out.push(part)
  }

  #onEvent(type: string, event: JsonObject): void {
    switch (type) {
      case 'response.output_text.delta':
      case 'response.refusal.delta':
        this.#say(event, type === 'response.refusal.delta' ? 'refusal' : 'text')
        break
      case 'response.reasoning_summary_text.delta':
        this.#think(event, 'summary')
        break
      case 'response.reasoning_text.delta':
        this.#think(event, 'content')
        break
      case 'response.reasoning_summary_part.added':
        if (this.#itemOf(event, 'reasoning').given > 0)
          this.#think({ ...event, delta: summaryBreak }, 'summary')
        break
      case 'response.function_call_arguments.delta':
        this.#argue(this.#items.find(event, 'call'), stringOrNull(event['delta']))
        break
      case 'response.function_call_arguments.done':
        this.#complete(this.#items.find(event, 'call'), event['arguments'])
        break
      case 'response.output_item.added':
        if (isObject(event['item']) && event['item']['type'] === 'function_call') {
          const known = this.#items.find(event, 'call')
          const item = known?.callId == null ? this.#begin(event, event['item']) : known
          this.#argue(item, stringOrNull(event['item']['arguments']))
        }
        break
      case 'response.output_item.done':
        if (isObject(event['item'])) this.#endItem(event, event['item'])
        break
      case 'response.completed':
      case 'response.incomplete':
        if (this.#isEmpty && isObject(event['response'])) this.#giveWhole(event['response'])
        break
      default:
    }
  }

  #say(event: JsonObject, type: 'text' | 'refusal'): void {
    const text = stringOrNull(event['delta'])
    if (text === null) return
    this.#itemOf(event, 'message').given += text.length
    this.#emit({ type, text })
  }

  #think(event: JsonObject, kind: 'summary' | 'content'): void {
    const item = this.#itemOf(event, 'reasoning')
    const text = stringOrNull(event['delta'])
    item.thoughts ??= kind
    if (text === null || item.thoughts !== kind) return
    item.given += text.length
    this.#emit({ type: 'reasoning', text })
  }

  #argue(item: OpenItem | null, text: string | null): void {
    if (item?.index == null || text === null) return
    item.given += text.length
    this.#emit({ type: 'tool-arguments', index: item.index, text })
  }

  #complete(item: OpenItem | null, whole: unknown): void {
    if (item && typeof whole === 'string' && whole.length > item.given) {
      this.#argue(item, whole.slice(item.given))
    }
  }

  #endItem(event: JsonObject, item: JsonObject): void {
    switch (item['type']) {
      case 'function_call': {
        const call = this.#items.find(event, 'call') ?? this.#begin(event, item)
        this.#complete(call, item['arguments'])
        this.#items.remove(call)
        break
      }
      case 'reasoning': {
        const { type: _, text, ...opaque } = decodeReasoning(item)
        const open = this.#itemOf(event, 'reasoning')
        if (open.given === 0 && text !== '') this.#emit({ type: 'reasoning', text })
        const { origin } = opaque
        if (origin !== undefined) this.#emit({ type: 'reasoning-signature', ...opaque, origin })
        this.#items.remove(open)
        break
      }
      case 'message': {
        const open = this.#itemOf(event, 'message')
        this.#items.remove(open)
        if (open.given > 0) break
        for (const part of asStreamParts(decodeOutput([item], this.#requestId))) this.#emit(part)
        break
      }
      default:
    }
  }

  /** Announced, or ended without it. */
  #begin(event: JsonObject, { call_id: callId, name }: JsonObject): OpenItem {
    const index = this.#calls++
    const item = this.#open(event, { kind: 'call', index, callId: stringOrNull(callId) })
    const id = this.#ids.next(item.callId)
    this.#emit({ type: 'tool-call', index, id, name: textOf(name) })
    return item
  }

  #itemOf(event: JsonObject, kind: 'message' | 'reasoning'): OpenItem {
    return this.#items.find(event, kind) ?? this.#open(event, { kind, index: null, callId: null })
  }

  #open(event: JsonObject, named: Pick<OpenItem, 'kind' | 'index' | 'callId'>): OpenItem {
    const item: OpenItem = { ...named, given: 0, thoughts: null }
    this.#items.add(event, item)
    return item
  }

  #giveWhole(response: JsonObject): void {
    for (const part of asStreamParts(decodeOutput(response['output'], this.#requestId))) {
      if (part.type === 'tool-call') this.#calls += 1
      this.#emit(part)
    }
  }
}
