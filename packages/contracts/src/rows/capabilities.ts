import { z } from 'zod'

const count = z.int().positive()

/** What a model can do, as its row says. What a row does not say is allowed, and left to the provider to refuse. */
export const Capabilities = z.strictObject({
  /** `false`: the model is for something else. */
  chat: z.boolean().optional(),
  tools: z.boolean().optional(),
  images: z.boolean().optional(),
  audio: z.boolean().optional(),
  json_schema: z.boolean().optional(),
  reasoning: z.boolean().optional(),
  embeddings: z.boolean().optional(),
  rerank: z.boolean().optional(),
  moderation: z.boolean().optional(),
  image_generation: z.boolean().optional(),
  speech: z.boolean().optional(),
  transcription: z.boolean().optional(),
  /** Tokens of question and answer together. */
  context_window: count.optional(),
  /** Tokens. */
  max_output_tokens: count.optional(),
  /** Largest event of a stream, bytes. */
  max_event_bytes: z.int().min(1_024).max(268_435_456).optional(),
})
export type Capabilities = Readonly<z.infer<typeof Capabilities>>
