import type { Cursor } from '@sluice/contracts/generation/log-entry'

const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7/

/**
 * Why a log that is not here cannot be read. Our ids are UUIDv7, which begin with the time in ms: nobody has to remember it, and nothing is said
 * of whether there ever was such a log. Any other id is unknown.
 */
export function absence(
  id: string,
  after: Cursor | null,
  now: number,
  retentionMs: number,
): 'unknown' | 'expired' {
  if (after === null || !uuid7.test(id)) return 'unknown'
  const acceptedAt = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
  return now - acceptedAt > retentionMs ? 'expired' : 'unknown'
}
