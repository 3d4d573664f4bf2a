/*
 * How values travel to and from the functions: a length (32 bits, big-endian), then that many bytes, again and again. Numbers are decimal
 * text. A batch is one argument and one reply instead of thousands, each of which client and server would parse by themselves.
 */

export class FieldWriter {
  #buffer = Buffer.allocUnsafe(16 * 1024)
  #length = 0

  text(value: string): void {
    // In UTF-8 a character of a string takes at most three bytes.
    this.#reserve(4 + value.length * 3)
    const written = this.#buffer.write(value, this.#length + 4)
    this.#length = this.#buffer.writeUInt32BE(written, this.#length) + written
  }

  number(value: number): void {
    this.text(String(value))
  }

  bytes(value: Buffer): void {
    this.#reserve(4 + value.length)
    this.#length = this.#buffer.writeUInt32BE(value.length, this.#length)
    this.#length += value.copy(this.#buffer, this.#length)
  }

  get length(): number {
    return this.#length
  }

  /** What was written, as a copy; the writer begins anew. */
  take(): Buffer {
    const packed = Buffer.from(this.#buffer.subarray(0, this.#length))
    this.#length = 0
    // One very large batch must not keep its memory for ever.
    if (this.#buffer.length > 1024 * 1024) this.#buffer = Buffer.allocUnsafe(16 * 1024)
    return packed
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes
    if (needed <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}

export class FieldReader {
  readonly #packed: Buffer
  #position = 0

  constructor(packed: Buffer) {
    this.#packed = packed
  }

  get done(): boolean {
    return this.#position >= this.#packed.length
  }

  bytes(): Buffer {
    const from = this.#position + 4
    this.#position = from + this.#packed.readUInt32BE(this.#position)
    return this.#packed.subarray(from, this.#position)
  }

  text(): string {
    const from = this.#position + 4
    this.#position = from + this.#packed.readUInt32BE(this.#position)
    return this.#packed.toString('utf8', from, this.#position)
  }

  number(): number {
    return Number(this.text())
  }
}

/** One field, as an argument. */
export function packed(value: string): Buffer {
  const fields = new FieldWriter()
  fields.text(value)
  return fields.take()
}
