const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Follows one JSON object as it arrives in pieces: says when its last bracket has come. */
export class JsonProgress {
  #depth = 0
  #inString = false
  #escaped = false
  #opened = false

  get complete(): boolean {
    return this.#opened && this.#depth === 0
  }

  add(piece: string): void {
    for (let at = 0; at < piece.length; at++) {
      const code = piece.charCodeAt(at)
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false
        else if (code === BACKSLASH) this.#escaped = true
        else if (code === QUOTE) this.#inString = false
      } else if (code === QUOTE) this.#inString = true
      else if (code === 0x7b || code === 0x5b) {
        this.#depth += 1
        this.#opened = true
      } else if (code === 0x7d || code === 0x5d) this.#depth -= 1
    }
  }
}
