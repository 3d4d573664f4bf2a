import { z } from 'zod'
import { GenerationState, ProviderCallSummary } from '../generation/generation-summary.ts'
import { RequestId } from '../ids.ts'
import { Usage } from '../usage.ts'

/** Body of `GET /v1/generations/{id}`, and of the answer to `POST …/cancel`. */
export const GenerationView = z.object({
  id: RequestId,
  state: GenerationState,
  /** The model name as the caller wrote it. */
  model: z.string(),
  /** Provider calls, in their order. */
  attempts: z.array(
    z.object({
      attempt: z.int().min(1),
      provider: z.string(),
      state: ProviderCallSummary.shape.state,
      /** Code of the error it ended with. */
      error: z.string().optional(),
    }),
  ),
  /** Null until the end. */
  usage: Usage.nullable(),
  cost_nano_usd: z.int().min(0).nullable(),
  /** Why it did not complete. */
  error: z.object({ code: z.string(), message: z.string() }).optional(),
  /** Unix ms. */
  created_at: z.int(),
  finished_at: z.int().nullable(),
  /** `<epoch>-<seq>` of the last entry: a reader that has it has everything so far. Null while nothing was published. */
  last_cursor: z.string().nullable(),
})
export type GenerationView = z.infer<typeof GenerationView>
