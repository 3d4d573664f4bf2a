/*
 * How values travel to and from the functions (the other half is in `functions/shared.lua`). Fields lie one after another in the first
 * argument, or element of the reply: a length (32 bits, big-endian), then that many bytes; numbers are decimal text. Blobs, which may be
 * large, follow as arguments or elements of their own.
 */

export type Argument = string | Buffer

export class FieldWriter {
  #buffer = Buffer.allocUnsafe(2 * 1024)
  #length = 0
  readonly #blobs: Argument[] = []
  #blobBytes = 0

  text(value: string): void {
    // In UTF-8 a character of a string takes at most three bytes.
    this.#reserve(4 + value.length * 3)
    const written = this.#buffer.write(value, this.#length + 4)
    this.#length = this.#buffer.writeUInt32BE(written, this.#length) + written
  }

  number(value: number): void {
    this.text(String(value))
  }

  blob(value: Argument): void {
    this.#blobs.push(value)
    this.#blobBytes += value.length
  }

  /** Bytes written so far; a character of a blob counts as one. */
  get length(): number {
    return this.#length + this.#blobBytes
  }

  /** What was written, as arguments. */
  arguments(): readonly Argument[] {
    return [this.#buffer.subarray(0, this.#length), ...this.#blobs]
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
  readonly #blobs: readonly Buffer[]
  #position = 0
  #nextBlob = 0

  constructor(packed: Buffer, blobs: readonly Buffer[] = []) {
    this.#packed = packed
    this.#blobs = blobs
  }

  static ofReply(reply: unknown): FieldReader {
    const [packed, ...blobs] = reply as [Buffer, ...Buffer[]]
    return new FieldReader(packed, blobs)
  }

  get done(): boolean {
    return this.#position >= this.#packed.length
  }

  text(): string {
    const from = this.#position + 4
    this.#position = from + this.#packed.readUInt32BE(this.#position)
    return this.#packed.toString('utf8', from, this.#position)
  }

  number(): number {
    return Number(this.text())
  }

  /** A field that is not text: frames have no blobs. */
  bytes(): Buffer {
    const from = this.#position + 4
    this.#position = from + this.#packed.readUInt32BE(this.#position)
    return this.#packed.subarray(from, this.#position)
  }

  blob(): Buffer {
    this.#nextBlob += 1
    return this.#blobs[this.#nextBlob - 1] as Buffer
  }
}

/** One field, as arguments. */
export function argumentsOf(value: string): readonly Argument[] {
  const fields = new FieldWriter()
  fields.text(value)
  return fields.arguments()
}
