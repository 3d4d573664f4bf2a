import type { Cursor } from '@sluice/contracts/generation/log-entry'
import type { RequestId } from '@sluice/contracts/ids'

/** Why a log that is not here cannot be read. Its id is a UUIDv7, which begins with the time in ms: nobody has to remember it. */
export function absence(
  id: RequestId,
  after: Cursor | null,
  now: number,
  retentionMs: number,
): 'unknown' | 'expired' {
  const acceptedAt = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
  return after !== null && now - acceptedAt > retentionMs ? 'expired' : 'unknown'
}
