import { generationError, wireErrors } from '@sluice/wire/errors'
import { isObject, type JsonObject, stringOrNull } from '@sluice/wire/json'
import type { ReplyEdits, StreamDecoder, StreamEnd } from '@sluice/wire/wire-format'
import { decodeUsage } from './decode-usage.ts'
import { decodeFinish } from './finish-reason.ts'
import { renamed } from './rename-response.ts'
import { StreamReader } from './stream-reader.ts'

export function createPassThrough(edits: ReplyEdits): StreamDecoder {
  return new ResponsesPassThrough(edits)
}

/**
 * Passes the events of a stream on as they are; those that carry the response get our name of it and the caller's name of the model. The
 * terminal event is held back until the end. Events without a number get one (T49): it is what a reader resumes by.
 */
class ResponsesPassThrough implements StreamDecoder {
  outputCharacters = 0
  readonly #edits: ReplyEdits
  readonly #reader: StreamReader
  #out: string[] = []
  #last: string | null = null
  #next = 0
  #hasCalls = false

  constructor(edits: ReplyEdits) {
    this.#edits = edits
    this.#reader = new StreamReader(edits.maxEventBytes, (type, event, data) => {
      this.#onEvent(type, event, data)
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
    const response = this.#reader.close()
    const usage = decodeUsage((response ?? this.#reader.ending)?.['usage'])
    const finish = response && decodeFinish(response, this.#hasCalls)
    if (!finish || this.#last === null) {
      const error = this.#reader.failure ?? generationError(wireErrors.upstream_error)
      return { ok: false, error, usage }
    }
    return { ok: true, events: [...this.#out, this.#last], finishReason: finish.reason, usage }
  }

  #onEvent(type: string, event: JsonObject, data: string): void {
    const delta = stringOrNull(event['delta'])
    if (delta !== null) this.outputCharacters += delta.length
    const { item } = event
    if (isObject(item) && item['type'] === 'function_call') this.#hasCalls = true
    const payload = this.#rewrite(type, event, data)
    if (this.#reader.ending === null) this.#out.push(payload)
    else this.#last = payload
  }

  #rewrite(type: string, event: JsonObject, data: string): string {
    const { sequence_number: given, response } = event
    const isNumbered = typeof given === 'number'
    const number = isNumbered ? given : this.#next
    this.#next = number + 1
    const isWhole = isNumbered && event['type'] === type && !data.includes('\n')
    if (isWhole && !isObject(response)) return data
    const named = { type, sequence_number: number }
    const ours = isObject(response) ? { response: renamed(response, this.#edits) } : {}
    // What names the event stands first, whether the provider wrote it or not.
    return JSON.stringify({ ...named, ...event, ...named, ...ours })
  }
}
