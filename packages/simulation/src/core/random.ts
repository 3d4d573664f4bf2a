/** Randomness that a run number repeats: sfc32, with a stream of its own per purpose, so that a draw here shifts nothing there. */
export class Random {
  readonly #name: string
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(name: string) {
    this.#name = name
    this.#a = fnv(`${name}#a`)
    this.#b = fnv(`${name}#b`)
    this.#c = fnv(`${name}#c`)
    for (let i = 0; i < 12; i += 1) this.#word()
  }

  fork(purpose: string): Random {
    return new Random(`${this.#name}/${purpose}`)
  }

  /** In [0, 1). */
  next(): number {
    return this.#word() / 2 ** 32
  }

  /** Both ends included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1))
  }

  between(min: number, max: number): number {
    return min + this.next() * (max - min)
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.int(0, items.length - 1)]
    if (item === undefined) throw new Error('nothing to pick from')
    return item
  }

  fill(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at += 1) bytes[at] = this.#word() & 0xff
  }

  #word(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (this.#c << 21) | (this.#c >>> 11)
    this.#c = (this.#c + t) | 0
    return t >>> 0
  }
}

function fnv(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) {
    hash ^= text.charCodeAt(i)
    hash = Math.imul(hash, 0x01000193)
  }
  return hash
}
