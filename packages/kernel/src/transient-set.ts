/** What a `TransientSet` may hold: it knows its own place, which only the set writes. One set at a time. */
export interface Placed {
  /** -1 = in no set. */
  place: number
}

/** A set for objects that come and go by the thousand. Why not `Set`: see `TransientMap`. */
export class TransientSet<Item extends Placed> {
  readonly #items: Item[] = []

  get size(): number {
    return this.#items.length
  }

  add(item: Item): void {
    if (item.place >= 0) return
    item.place = this.#items.length
    this.#items.push(item)
  }

  /** False when it was not there. */
  delete(item: Item): boolean {
    const { place } = item
    if (place < 0) return false
    item.place = -1
    const last = this.#items.pop()
    if (last !== undefined && last !== item) {
      last.place = place
      this.#items[place] = last
    }
    return true
  }

  /** Those of this moment: what happens to the set meanwhile is not seen. */
  values(): Item[] {
    return [...this.#items]
  }
}
