import { Fifo } from './fifo.ts'

/**
 * First come, first served for up to `shared` items. Beyond that every tenant waits in a line of its own, and as items are taken the lines move up in
 * turns, each by its weight: who comes late waits behind what is shared and one turn of each other tenant, however long their lines are.
 */
export class FairQueue<Item> {
  readonly #max: number
  readonly #shared = new Fifo<Item>()
  /** In the order of their turns. */
  readonly #lines = new Map<string, { readonly items: Fifo<Item>; weight: number }>()
  #inLines = 0

  constructor(shared: number) {
    this.#max = shared
  }

  get length(): number {
    return this.#shared.length + this.#inLines
  }

  /** Tenants that have a line. */
  get tenants(): number {
    return this.#lines.size
  }

  lineOf(tenant: string): number {
    return this.#lines.get(tenant)?.items.length ?? 0
  }

  /** `weight`: how many of its tenant move up in one turn. */
  push(item: Item, tenant: string, weight: number): void {
    if (this.#shared.length < this.#max) {
      this.#shared.push(item)
      return
    }
    const line = this.#lines.get(tenant) ?? { items: new Fifo<Item>(), weight }
    line.weight = weight
    line.items.push(item)
    this.#lines.set(tenant, line)
    this.#inLines += 1
  }

  shift(): Item | undefined {
    const item = this.#shared.shift()
    if (this.#inLines > 0) this.#moveUp()
    return item
  }

  #moveUp(): void {
    for (const [tenant, line] of this.#lines) {
      if (this.#shared.length >= this.#max) return
      for (const item of line.items.take(line.weight)) {
        this.#shared.push(item)
        this.#inLines -= 1
      }
      // To the end of the turns, or out of them.
      this.#lines.delete(tenant)
      if (line.items.length > 0) this.#lines.set(tenant, line)
    }
  }
}
