import { isObject, type JsonObject, parseJson } from '@sluice/wire/json'
import type { Ending } from './finish-reason.ts'
import { itemId } from './gateway-made.ts'
import {
  callItem,
  messageItem,
  type Opaque,
  reasoningItem,
  summaryPart,
  textPart,
  type WrittenCall,
} from './output-items.ts'

/** Where the items of a stream write to. */
export interface ItemWriter {
  readonly requestId: string
  /** Of the next item in the output. */
  readonly nextPlace: number
  /** Announces an item and gives it its place. */
  addItem(item: JsonObject): number
  endItem(place: number, item: JsonObject): void
  event(type: string, members: JsonObject): void
}

export interface OpenItem {
  close(ending: Ending['status']): void
}

/** A message: content parts one after the other, each announced, streamed and closed. */
export class WrittenMessage implements OpenItem {
  readonly #writer: ItemWriter
  readonly #id: string
  readonly #place: number
  readonly #content: JsonObject[] = []
  #part: { readonly type: 'text' | 'refusal'; text: string } | null = null

  constructor(writer: ItemWriter) {
    this.#writer = writer
    this.#id = itemId('msg', writer.requestId, writer.nextPlace)
    this.#place = writer.addItem(messageItem(this.#id, 'in_progress', []))
  }

  say(type: 'text' | 'refusal', delta: string): void {
    if (this.#part?.type !== type) {
      this.#endPart()
      this.#part = { type, text: '' }
      this.#event('response.content_part.added', { part: textPart(type, '') })
    }
    this.#part.text += delta
    if (type === 'refusal') this.#event('response.refusal.delta', { delta })
    else this.#event('response.output_text.delta', { delta, logprobs: [] })
  }

  close(ending: Ending['status']): void {
    this.#endPart()
    this.#writer.endItem(this.#place, messageItem(this.#id, ending, this.#content))
  }

  #endPart(): void {
    if (!this.#part) return
    const { type, text } = this.#part
    const part = textPart(type, text)
    if (type === 'refusal') this.#event('response.refusal.done', { refusal: text })
    else this.#event('response.output_text.done', { text, logprobs: [] })
    this.#event('response.content_part.done', { part })
    this.#content.push(part)
    this.#part = null
  }

  #event(type: string, members: JsonObject): void {
    const at = { item_id: this.#id, output_index: this.#place, content_index: this.#content.length }
    this.#writer.event(type, { ...at, ...members })
  }
}

/** What the model thought, as one summary. */
export class WrittenReasoning implements OpenItem {
  readonly #writer: ItemWriter
  readonly #id: string
  readonly #place: number
  #text = ''
  #opaque: Opaque = {}

  constructor(writer: ItemWriter) {
    this.#writer = writer
    this.#id = itemId('rs', writer.requestId, writer.nextPlace)
    this.#place = writer.addItem(reasoningItem(this.#id, '', {}))
  }

  think(delta: string): void {
    if (delta === '') return
    if (this.#text === '')
      this.#event('response.reasoning_summary_part.added', { part: summaryPart('') })
    this.#text += delta
    this.#event('response.reasoning_summary_text.delta', { delta })
  }

  sign(opaque: Opaque): void {
    this.#opaque = opaque
  }

  close(): void {
    const text = this.#text
    if (text !== '') {
      this.#event('response.reasoning_summary_text.done', { text })
      this.#event('response.reasoning_summary_part.done', { part: summaryPart(text) })
    }
    this.#writer.endItem(this.#place, reasoningItem(this.#id, text, this.#opaque))
  }

  #event(type: string, members: JsonObject): void {
    const at = { item_id: this.#id, output_index: this.#place, summary_index: 0 }
    this.#writer.event(type, { ...at, ...members })
  }
}

type BegunCall = Omit<WrittenCall, 'callId'> & { readonly index: number }

interface OpenCall extends WrittenCall {
  readonly place: number
  json: string
}

/** Calls of one answer, which get their arguments in any order, also around other items (T01). */
export class WrittenCalls {
  readonly #writer: ItemWriter
  readonly #open = new Map<number, OpenCall>()

  constructor(writer: ItemWriter) {
    this.#writer = writer
  }

  begin({ index, id: callId, name, signature }: BegunCall): void {
    const id = itemId('fc', this.#writer.requestId, this.#writer.nextPlace)
    const call = { id, callId, name, signature }
    const place = this.#writer.addItem(callItem(call, 'in_progress', ''))
    this.#open.set(index, { ...call, place, json: '' })
  }

  argue(index: number, delta: string): void {
    const call = this.#open.get(index)
    if (!call || delta === '') return
    call.json += delta
    this.#event('response.function_call_arguments.delta', call, { delta })
  }

  /** Ends the calls whose arguments are whole: nothing can follow them. */
  settle(): void {
    for (const [index, call] of this.#open)
      if (isWhole(call.json)) this.#end(index, call, 'completed')
  }

  /** A call that got no arguments has none: `{}` (T04). Of an answer that broke off, a call that is cut stays so (T09). */
  close(ending: Ending['status']): void {
    for (const [index, call] of this.#open) {
      if (call.json === '' && ending === 'completed') this.argue(index, '{}')
      this.#end(index, call, isWhole(call.json) ? 'completed' : ending)
    }
  }

  #end(index: number, call: OpenCall, status: Ending['status']): void {
    const { json, name } = call
    this.#open.delete(index)
    this.#event('response.function_call_arguments.done', call, { name, arguments: json })
    this.#writer.endItem(call.place, callItem(call, status, json))
  }

  #event(type: string, { id, place }: OpenCall, members: JsonObject): void {
    this.#writer.event(type, { item_id: id, output_index: place, ...members })
  }
}

/** One object: what is whole cannot go on. */
function isWhole(text: string): boolean {
  return isObject(parseJson(text))
}
