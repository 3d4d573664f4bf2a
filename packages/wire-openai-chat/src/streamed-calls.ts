import { boundAnswer, boundOpenParts } from '@sluice/wire/bounds'
import type { StreamPart } from '@sluice/wire/canonical-reply'
import { isObject, type JsonObject, stringOrNull } from '@sluice/wire/json'
import type { CallIds } from '@sluice/wire/tool-identity'
import { readSignature } from './opaque-parts.ts'

interface OpenCall {
  /** As the provider wrote it. */
  readonly id: string | null
  name: string | null
  /** Counted by us; null until the name is known. */
  index: number | null
  /** Came before the name. */
  held: string
  signature: string | null
}

/**
 * Tells the calls of a stream apart. Vendors repeat the index, leave it out, or use one for all (T03): a new id, or another name, at a known
 * index is a new call.
 */
export class StreamedCalls {
  readonly #ids: CallIds
  readonly #open = new Map<number, OpenCall>()
  #last: OpenCall | null = null
  count = 0

  /** `ids`: of all calls of the reply. */
  constructor(ids: CallIds) {
    this.#ids = ids
  }

  read(delta: JsonObject, out: StreamPart[]): void {
    const called = isObject(delta['function']) ? delta['function'] : {}
    const name = stringOrNull(called['name'])
    const text = stringOrNull(called['arguments'])
    const call = this.#callOf(delta, name)
    call.name ??= name
    call.signature ??= readSignature(delta)
    if (call.index === null) {
      call.held += text ?? ''
      boundAnswer(call.held.length)
      if (call.name !== null) this.#begin(call, call.name, out)
    } else if (text !== null) out.push({ type: 'tool-arguments', index: call.index, text })
  }

  #callOf(delta: JsonObject, name: string | null): OpenCall {
    const id = stringOrNull(delta['id'])
    const place = typeof delta['index'] === 'number' ? delta['index'] : null
    const known = place === null ? this.#last : this.#open.get(place)
    const isOther =
      (id !== null && known?.id !== id) ||
      (name !== null && known?.name != null && known.name !== name)
    if (known && !isOther) {
      this.#last = known
      return known
    }
    const call: OpenCall = { id, name: null, index: null, held: '', signature: null }
    this.#open.set(place ?? this.#open.size, call)
    boundOpenParts(this.#open.size)
    this.#last = call
    return call
  }

  #begin(call: OpenCall, name: string, out: StreamPart[]): void {
    const index = this.count++
    call.index = index
    const id = this.#ids.next(call.id)
    const { signature } = call
    out.push({ type: 'tool-call', index, id, name, ...(signature === null ? {} : { signature }) })
    if (call.held !== '') out.push({ type: 'tool-arguments', index, text: call.held })
  }
}
