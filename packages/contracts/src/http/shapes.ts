import { z } from 'zod'

/** An id that whoever makes the thing may choose: letters, digits, `.`, `_`, `-`. */
export const chosenId = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/, 'letters, digits and . _ - only')

export const displayName = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}]*$/u, 'no control characters')

/** Globs over model names. */
export const modelGlobs = z.array(z.string().min(1).max(200)).max(100)

/** A moment as callers write it: RFC 3339 with its time zone, Unix seconds, or Unix ms. */
export const moment = z.union(
  [z.int().positive(), z.iso.datetime({ offset: true })],
  'an RFC 3339 time with a time zone such as 2030-01-31T12:00:00Z, or Unix seconds',
)

/** A moment in answers, everywhere: RFC 3339 in UTC, to the millisecond. */
export const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC')

export function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}

/** Null = there is no such moment. */
export function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : timeOf(ms)
}

/** USD with up to nine decimals; -1 and null mean unlimited. What is less than the smallest amount that is counted would be stored as nothing. */
export const usd = z
  .number()
  .max(9_000_000)
  .refine(
    (amount) => amount === 0 || amount === -1 || amount >= 1e-9,
    '0, at least 0.000000001, or -1 for unlimited',
  )

export const params = { id: z.strictObject({ id: z.string().min(1).max(200) }) }
