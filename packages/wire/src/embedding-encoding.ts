import { endianness } from 'node:os'

const bytesPerNumber = 4

/** One vector as OpenAI's `base64`: its numbers as little-endian float32, one after the other. */
export function encodeEmbedding(values: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(values.length * bytesPerNumber)
  for (const [i, value] of values.entries()) bytes.writeFloatLE(value, i * bytesPerNumber)
  return bytes.toString('base64')
}

/** Null when the text is not the base64 of whole numbers of four bytes. */
export function decodeEmbedding(text: string): number[] | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length % bytesPerNumber !== 0) return null
  // Small buffers are cut from a shared pool at any offset, where no Float32Array can begin: the bytes are copied to one of their own.
  const own = new Uint8Array(bytes)
  if (endianness() === 'LE') return [...new Float32Array(own.buffer)]
  const view = new DataView(own.buffer)
  return Array.from({ length: own.length / bytesPerNumber }, (_, i) =>
    view.getFloat32(i * bytesPerNumber, true),
  )
}
