import { z } from 'zod'
import { WireName } from '../wire-name.ts'

/**
 * An error as it survives the bus: enough for the edge to answer in the caller's dialect, never a stack.
 * `type` and `param` are OpenAI's fields; other dialects derive theirs from `status` and `code`.
 */
export const GenerationError = z.object({
  code: z.string(),
  /** HTTP status the caller gets when nothing has been sent yet. */
  status: z.int().min(400).max(599),
  message: z.string(),
  type: z.string().optional(),
  param: z.string().nullable().optional(),
  /** Milliseconds the caller should wait; becomes `retry-after` and `retry-after-ms`. */
  retryAfterMs: z.int().min(0).optional(),
  /** False becomes `x-should-retry: false`. */
  retryable: z.boolean(),
  /**
   * The provider's own answer, for a caller of the same dialect: clients match on its wording. Never one that concerns the gateway's
   * credential, rate or quota.
   */
  verbatim: z
    .object({
      wire: WireName,
      status: z.int().min(400).max(599),
      /** JSON. */
      body: z.string().max(65_536),
    })
    .optional(),
})
export type GenerationError = z.infer<typeof GenerationError>
