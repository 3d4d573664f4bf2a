import { z } from 'zod'
import { Price } from '../price.ts'
import { Capabilities } from './capabilities.ts'
import { RowName } from './row-name.ts'
import { TraitsRow } from './traits-row.ts'

/** Numbers as people write them, or exact decimals; both become exact decimals before any arithmetic. */
const amount = z.union([z.number().min(0).max(999_999_999), Price.shape.input])

/** USD per 1M tokens. */
export const PriceRow = z.strictObject({
  input: amount,
  output: amount,
  cached_input: amount.optional(),
  cache_write: amount.optional(),
  cache_write_1h: amount.optional(),
  reasoning: amount.optional(),
  audio_input: amount.optional(),
  audio_output: amount.optional(),
  image: amount.optional(),
  request: amount.optional(),
})
export type PriceRow = z.infer<typeof PriceRow>

/** A model as people write it, in `sluice.yaml` and over HTTP alike. */
export const ModelRow = z.strictObject({
  /** What callers ask for. */
  name: RowName,
  provider: z.string().min(1).max(128),
  /** What the provider calls it; absent = the same. */
  upstream_model: z.string().min(1).max(256).optional(),
  /** A model without one is not served, unless it is said to be free. */
  price: z.union([z.literal('free'), PriceRow]).optional(),
  /** The day the price was looked up. */
  price_date: z.iso.date().optional(),
  capabilities: Capabilities.optional(),
  traits: TraitsRow.optional(),
  /** Question and answer of one call together, tokens, by estimate. */
  max_total_tokens: z.int().positive().optional(),
  /** Calls at once from one process. */
  max_concurrent: z.int().positive().optional(),
  /** Models to try in this order when this one fails before anything was published. */
  fallbacks: z.array(z.string().min(1).max(128)).max(8).optional(),
})
export type ModelRow = Readonly<z.infer<typeof ModelRow>>

/** A name that stands for a model. */
export const AliasRow = z.strictObject({
  model: z.string().min(1).max(128),
  /** Cap on the answer's length, tokens. */
  max_tokens: z.int().positive().optional(),
})
export type AliasRow = Readonly<z.infer<typeof AliasRow>>
