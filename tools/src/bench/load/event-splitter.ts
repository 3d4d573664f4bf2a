const nothing = Buffer.alloc(0)

/** SSE events out of a body, however it is cut. `onEvent` gets the lines of one event, valid during the call only. */
export class EventSplitter {
  readonly #onEvent: (event: Buffer) => void
  #rest: Buffer = nothing

  constructor(onEvent: (event: Buffer) => void) {
    this.#onEvent = onEvent
  }

  /** Bytes after the last complete event. */
  get pending(): number {
    return this.#rest.length
  }

  push(bytes: Buffer): void {
    const input = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    let start = 0
    for (;;) {
      const end = input.indexOf('\n\n', start)
      if (end < 0) break
      this.#onEvent(input.subarray(start, end))
      start = end + 2
    }
    // A copy: the rest must not be a view on a buffer that the socket fills again.
    this.#rest = start === input.length ? nothing : Buffer.from(input.subarray(start))
  }
}
