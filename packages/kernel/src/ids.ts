import { randomFillSync } from 'node:crypto'
import type { RequestId } from '@sluice/contracts/ids'

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const pool = Buffer.alloc(4096)
let used = pool.length

/** A UUIDv7 (RFC 9562): 48 bits of Unix ms, then 74 random bits, taken from a pool that is refilled 400 ids at a time. */
export function newRequestId(nowMs: number): RequestId {
  if (used + 10 > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const at = used
  used += 10
  const h = (offset: number) => hex[pool[at + offset] ?? 0] ?? '00'
  const time = nowMs.toString(16).padStart(12, '0')
  const version = hex[0x70 | ((pool[at] ?? 0) & 0x0f)] ?? ''
  const variant = hex[0x80 | ((pool[at + 2] ?? 0) & 0x3f)] ?? ''
  return `${time.slice(0, 8)}-${time.slice(8)}-${version}${h(1)}-${variant}${h(3)}-${h(4)}${h(5)}${h(6)}${h(7)}${h(8)}${h(9)}` as RequestId
}
