const c1 = 0xcc9e2d51
const c2 = 0x1b873593

function mix(block: number): number {
  const k = Math.imul(block, c1)
  return Math.imul((k << 15) | (k >>> 17), c2)
}

/** Murmur3, x86, 32 bits, seed 0: what Iceberg's buckets are made with. Signed. */
export function murmur3(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const whole = bytes.length & ~3
  let hash = 0
  for (let i = 0; i < whole; i += 4) {
    hash ^= mix(view.getInt32(i, true))
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64
  }
  let tail = 0
  for (let i = bytes.length - 1; i >= whole; i -= 1) tail = (tail << 8) | (bytes[i] ?? 0)
  if (whole < bytes.length) hash ^= mix(tail)
  hash ^= bytes.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
