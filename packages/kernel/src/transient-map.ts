/**
 * A map for entries that come and go by the thousand: what is open right now. V8's own `Map` and `Set` copy themselves whenever enough entries
 * were deleted, and a copy given up leads to its successor; once one of them is old, all later copies, with everything that was in them, outlive
 * every minor collection. With the objects of a request in it that was a quarter of the CPU of the gateway. Dictionaries have no such chain.
 */
export class TransientMap<Key extends string, Value> {
  readonly #entries = Object.create(null) as Record<Key, Value | undefined>
  #size = 0

  get size(): number {
    return this.#size
  }

  has(key: Key): boolean {
    return this.#entries[key] !== undefined
  }

  get(key: Key): Value | undefined {
    return this.#entries[key]
  }

  set(key: Key, value: Value): void {
    if (this.#entries[key] === undefined) this.#size += 1
    this.#entries[key] = value
  }

  /** False when it was not there. */
  delete(key: Key): boolean {
    if (this.#entries[key] === undefined) return false
    this.#size -= 1
    delete this.#entries[key]
    return true
  }

  /** Those of this moment: what happens to the map meanwhile is not seen. */
  values(): Value[] {
    return Object.values<Value>(this.#entries as Record<string, Value>)
  }
}
