import { randomFillSync } from 'node:crypto'
import type { RequestId } from '@sluice/contracts/ids'

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

export type NewRequestId = (nowMs: number) => RequestId

/** A UUIDv7 (RFC 9562): 48 bits of Unix ms, then 74 random bits. */
export const newRequestId: NewRequestId = createRequestIds((bytes) => randomFillSync(bytes))

/** Makes ids from the randomness that `fill` gives, kept in a pool that is refilled 400 ids at a time. */
export function createRequestIds(fill: (bytes: Buffer) => void): NewRequestId {
  const pool = Buffer.alloc(4096)
  let used = pool.length
  return (nowMs) => {
    if (used + 10 > pool.length) {
      fill(pool)
      used = 0
    }
    const at = used
    used += 10
    return requestId(nowMs, pool, at)
  }
}

function requestId(nowMs: number, pool: Buffer, at: number): RequestId {
  const h = (offset: number) => hex[pool[at + offset] ?? 0] ?? '00'
  const time = nowMs.toString(16).padStart(12, '0')
  const version = hex[0x70 | ((pool[at] ?? 0) & 0x0f)] ?? ''
  const variant = hex[0x80 | ((pool[at + 2] ?? 0) & 0x3f)] ?? ''
  return `${time.slice(0, 8)}-${time.slice(8)}-${version}${h(1)}-${variant}${h(3)}-${h(4)}${h(5)}${h(6)}${h(7)}${h(8)}${h(9)}` as RequestId
}
