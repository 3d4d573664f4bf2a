import { randomFillSync } from 'node:crypto'
import type { RequestId, TenantId } from '@sluice/contracts/ids'

export type NewRequestId = (nowMs: number) => RequestId

/** Hexadecimal digits of randomness that an id takes. */
const digitsPerId = 20

/** A UUIDv7 (RFC 9562): 48 bits of Unix ms, then 74 random bits. */
export const newRequestId: NewRequestId = createRequestIds((bytes) => randomFillSync(bytes))

/** Makes ids from the randomness that `fill` gives, 400 at a time. */
export function createRequestIds(fill: (bytes: Buffer) => void): NewRequestId {
  const bytes = Buffer.alloc((400 * digitsPerId) / 2)
  let digits = ''
  let used = 0
  return (nowMs) => {
    if (used >= digits.length) {
      fill(bytes)
      digits = bytes.toString('hex')
      used = 0
    }
    const at = used
    used += digitsPerId
    const time = nowMs.toString(16).padStart(12, '0')
    const variant = '89ab'[Number.parseInt(digits[at] ?? '0', 16) & 3] ?? '8'
    return `${time.slice(0, 8)}-${time.slice(8)}-7${digits.slice(at + 1, at + 4)}-${variant}${digits.slice(at + 4, at + 7)}-${digits.slice(at + 7, at + 19)}` as RequestId
  }
}

const places = new Map<TenantId, string>()

/**
 * The id with its last 16 bits, its place, taken from the tenant: whoever has an id knows where the generations of its tenant lie, and all of
 * one tenant lie together. 58 random bits remain beside the millisecond.
 */
export function inPlaceOf(id: RequestId, tenantId: TenantId): RequestId {
  let place = places.get(tenantId)
  if (place === undefined) {
    // Only guards against tenants that come without end.
    if (places.size > 10_000) places.clear()
    place = hash16(tenantId).toString(16).padStart(4, '0')
    places.set(tenantId, place)
  }
  return (id.slice(0, -4) + place) as RequestId
}

export function placeOf(id: RequestId): number {
  return Number.parseInt(id.slice(-4), 16)
}

/** FNV-1a, folded to 16 bits. */
function hash16(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1)
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0
  return (hash >>> 16) ^ (hash & 0xffff)
}
