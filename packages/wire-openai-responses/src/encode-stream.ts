import type { Usage } from '@sluice/contracts/usage'
import type { Finish, PartEncoder, StreamPart } from '@sluice/wire/canonical-reply'
import type { JsonObject } from '@sluice/wire/json'
import { isOfAnother } from '@sluice/wire/stream-parts'
import type { ReplyEdits } from '@sluice/wire/wire-format'
import { type Ending, encodeFinish } from './finish-reason.ts'
import { responseWriter } from './response-object.ts'
import {
  type ItemWriter,
  type OpenItem,
  WrittenCalls,
  WrittenMessage,
  WrittenReasoning,
} from './written-items.ts'

export function createPartEncoder(edits: ReplyEdits): PartEncoder {
  return new ResponsesEncoder(edits)
}

type SignaturePart = Extract<StreamPart, { type: 'reasoning-signature' }>

/**
 * Writes the events of one response:
 *
 *   created, in_progress ──► between items ──► inside a message or thoughts ──► between items … ──► completed │ incomplete
 *
 * One message (of text and refusals) or the thoughts of one item are open at a time: a part that does not belong there closes them first. Calls
 * are open beside it until their arguments are whole; the end closes what is open. So no event can come out of order, and every event has
 * the next number (T49).
 */
class ResponsesEncoder implements PartEncoder, ItemWriter {
  readonly #edits: ReplyEdits
  readonly #respond: ReturnType<typeof responseWriter>
  #number = 0
  #events: string[] = []
  #output: JsonObject[] = []
  #open: OpenItem | null = null
  readonly #calls = new WrittenCalls(this)

  constructor(edits: ReplyEdits) {
    this.#edits = edits
    this.#respond = responseWriter(edits)
  }

  encode(parts: readonly StreamPart[]): string[] {
    for (const part of parts) {
      if (part.type === 'usage' || isOfAnother(part)) continue
      this.#begin()
      this.#write(part)
    }
    return this.#taken()
  }

  end({ reason }: Finish, usage: Usage | null): string[] {
    this.#begin()
    const { status, reason: why }: Ending = encodeFinish(reason)
    this.#close(status)
    this.#calls.close(status)
    const response = this.#respond({ status, reason: why, output: this.#output, usage })
    this.event(`response.${status}`, { response })
    return this.#taken()
  }

  #taken(): string[] {
    const events = this.#events
    this.#events = []
    return events
  }

  #begin(): void {
    if (this.#number > 0) return
    const response = this.#respond({ status: 'in_progress', output: [] })
    this.event('response.created', { response })
    this.event('response.in_progress', { response })
  }

  #write(part: Exclude<StreamPart, { type: 'usage' }>): void {
    switch (part.type) {
      case 'text':
      case 'refusal':
        this.#inside(WrittenMessage).say(part.type, part.text)
        break
      case 'reasoning':
        this.#inside(WrittenReasoning).think(part.text)
        break
      case 'reasoning-signature':
        this.#sign(part)
        break
      case 'tool-call':
        this.#close('completed')
        this.#calls.begin(part)
        break
      case 'tool-arguments':
        this.#calls.argue(part.index, part.text)
        break
    }
  }

  #sign(part: SignaturePart): void {
    this.#inside(WrittenReasoning).sign(part)
    this.#close('completed')
  }

  #inside<Item extends OpenItem>(kind: new (write: ItemWriter) => Item): Item {
    if (this.#open instanceof kind) return this.#open
    this.#close('completed')
    this.#calls.settle()
    const opened = new kind(this)
    this.#open = opened
    return opened
  }

  #close(ending: Ending['status']): void {
    this.#open?.close(ending)
    this.#open = null
  }

  get requestId(): string {
    return this.#edits.requestId
  }

  /** Takes the next place in the output. */
  addItem(item: JsonObject): number {
    const place = this.#output.push(item) - 1
    this.event('response.output_item.added', { output_index: place, item })
    return place
  }

  endItem(place: number, item: JsonObject): void {
    this.#output[place] = item
    this.event('response.output_item.done', { output_index: place, item })
  }

  get nextPlace(): number {
    return this.#output.length
  }

  event(type: string, members: JsonObject): void {
    this.#events.push(JSON.stringify({ type, sequence_number: this.#number++, ...members }))
  }
}
