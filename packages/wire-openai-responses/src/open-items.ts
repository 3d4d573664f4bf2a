import { boundOpenParts } from '@sluice/wire/bounds'
import { isObject, type JsonObject, stringOrNull } from '@sluice/wire/json'

type ItemKind = 'message' | 'reasoning' | 'call'

export interface OpenItem {
  readonly kind: ItemKind
  /** Of a call, counted by us. */
  readonly index: number | null
  readonly callId: string | null
  /** Characters of text, thoughts or arguments given so far. */
  given: number
  /** Which of the two forms of thoughts it has; only one is given. */
  thoughts: 'summary' | 'content' | null
}

/**
 * The items of an answer that have not ended. An event names its item by id and by place, and vendors break either: some repeat the place for
 * several items, some give the same item another id in every event (GitHub Copilot). So the id counts where it is known, and else the place, if
 * what is there can be meant.
 */
export class OpenItems {
  readonly #byId = new Map<string, OpenItem>()
  readonly #byPlace = new Map<unknown, OpenItem>()

  find(event: JsonObject, kind: ItemKind): OpenItem | null {
    const callId = isObject(event['item']) ? stringOrNull(event['item']['call_id']) : null
    const fits = (item: OpenItem | undefined) =>
      item?.kind === kind && (callId === null || item.callId === null || item.callId === callId)
    const named = this.#byId.get(idOf(event) ?? '')
    if (named && fits(named)) return named
    const placed = this.#byPlace.get(event['output_index'])
    return placed && fits(placed) ? placed : null
  }

  add(event: JsonObject, item: OpenItem): void {
    const id = idOf(event)
    if (id !== null) this.#byId.set(id, item)
    this.#byPlace.set(event['output_index'], item)
    boundOpenParts(Math.max(this.#byId.size, this.#byPlace.size))
  }

  remove(item: OpenItem): void {
    for (const known of [this.#byId, this.#byPlace] as readonly Map<unknown, OpenItem>[])
      for (const [name, each] of known) if (each === item) known.delete(name)
  }
}

function idOf(event: JsonObject): string | null {
  const item = isObject(event['item']) ? event['item'] : null
  return stringOrNull(event['item_id']) ?? stringOrNull(item?.['id'])
}
