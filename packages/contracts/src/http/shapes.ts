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

/** Unix ms, Unix seconds, or a date with its time zone. Ms in every answer. */
export const moment = z.union([
  z.int().positive(),
  z.iso.datetime({ offset: true, error: 'an ISO 8601 date with a time zone, or Unix seconds' }),
])

/** USD with up to nine decimals; -1 and null mean unlimited. */
export const usd = z
  .number()
  .max(9_000_000)
  .refine((amount) => amount >= 0 || amount === -1, 'at least 0, or -1 for unlimited')

export const params = { id: z.strictObject({ id: z.string().min(1).max(200) }) }
