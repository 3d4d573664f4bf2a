import { z } from 'zod'

/** USD per one million tokens (per item for `image` and `request`), exact decimals written as strings: `"0.15"`. */
const usd = z.string().regex(/^\d{1,9}(\.\d{1,12})?$/)

/** What a model costs. Only `input` and `output` are required; the rest fall back to them (`cached_input` to `input`, `reasoning` to `output` …). */
export const Price = z.object({
  input: usd,
  output: usd,
  cached_input: usd.optional(),
  cache_write: usd.optional(),
  /** Kept for an hour; falls back to `cache_write`. */
  cache_write_1h: usd.optional(),
  reasoning: usd.optional(),
  audio_input: usd.optional(),
  audio_output: usd.optional(),
  image: usd.optional(),
  request: usd.optional(),
})
export type Price = z.infer<typeof Price>
