import { z } from 'zod'

const count = z.int().min(0)

/**
 * Token counts of one generation. `input_tokens` and `output_tokens` are totals; the others are the parts of them that
 * have their own price (`cached_input_tokens` and `cache_write_tokens` lie inside `input_tokens`, `reasoning_tokens` inside
 * `output_tokens`).
 */
export const Usage = z.object({
  input_tokens: count.describe('all of them'),
  output_tokens: count.describe('all of them'),
  cached_input_tokens: count.describe('of the input, read from a cache'),
  cache_write_tokens: count.describe('of the input, written to a cache'),
  reasoning_tokens: count.describe('of the output, thought and not shown'),
  estimated: z.boolean().describe('the provider reported nothing: the counts are ours'),
})
export type Usage = z.infer<typeof Usage>

/** As a provider reported it: finer than what is kept, where a part has a price of its own. */
export interface ReportedUsage extends Usage {
  /** Of `cache_write_tokens`, those kept for an hour; absent = none. */
  cache_write_1h_tokens?: number
  /** Of `input_tokens` and `output_tokens`, those of sound; absent = none. */
  audio_input_tokens?: number
  audio_output_tokens?: number
  /** Pictures made; absent = none. */
  images?: number
}

export const noUsage: Usage = Object.freeze({
  input_tokens: 0,
  output_tokens: 0,
  cached_input_tokens: 0,
  cache_write_tokens: 0,
  reasoning_tokens: 0,
  estimated: false,
})
