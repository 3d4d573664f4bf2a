import { murmur3 } from '@sluice/iceberg/murmur3'

const encoder = new TextEncoder()

/**
 * 32-bit hashes of texts, 4 bytes each at half load. `mayHave` is wrong one time in four thousand at a million entries, and never when it says no.
 */
export class HashSet {
  /** 0 = empty. */
  #slots = new Uint32Array(1_024)
  #size = 0

  add(text: string): void {
    if (this.#size * 2 >= this.#slots.length) this.#grow()
    if (put(this.#slots, hashOf(text))) this.#size += 1
  }

  mayHave(text: string): boolean {
    const hash = hashOf(text)
    const mask = this.#slots.length - 1
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const found = this.#slots[at]
      if (found === hash) return true
      if (found === 0) return false
    }
  }

  #grow(): void {
    const larger = new Uint32Array(this.#slots.length * 2)
    for (const hash of this.#slots) if (hash !== 0) put(larger, hash)
    this.#slots = larger
  }
}

function hashOf(text: string): number {
  return murmur3(encoder.encode(text)) >>> 0 || 1
}

function put(slots: Uint32Array, hash: number): boolean {
  const mask = slots.length - 1
  for (let at = hash & mask; ; at = (at + 1) & mask) {
    if (slots[at] === hash) return false
    if (slots[at] !== 0) continue
    slots[at] = hash
    return true
  }
}
