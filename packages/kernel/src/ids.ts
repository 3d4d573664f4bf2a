import { randomFillSync } from 'node:crypto'
import type { RequestId } from '@sluice/contracts/ids'

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
