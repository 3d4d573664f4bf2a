import type { Need, Operation } from '@sluice/contracts/generation/generation-request'
import { z } from 'zod'

const count = z.int().positive()

/** What a model can do, as its row says. What a row does not say is allowed, and left to the provider to refuse. */
export const Capabilities = z.strictObject({
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

type Flag = Need | (typeof flagOfOperation)[keyof typeof flagOfOperation]

/** What a row must not deny for an operation; `chat` is what every model does that says nothing else. */
const flagOfOperation = {
  embeddings: 'embeddings',
  rerank: 'rerank',
  moderations: 'moderation',
  images: 'image_generation',
  'image-edits': 'image_generation',
  speech: 'speech',
  transcriptions: 'transcription',
  translations: 'transcription',
} as const satisfies Record<Exclude<Operation, 'chat'>, keyof Capabilities>

/** Of what a call takes, the capabilities that the row denies. */
export function denied(
  capabilities: Capabilities,
  operation: Operation,
  needs: readonly Need[],
): Flag[] {
  const flags: Flag[] = operation === 'chat' ? [...needs] : [flagOfOperation[operation]]
  return flags.filter((flag) => capabilities[flag] === false)
}

/** An image travels in one event, base64. */
const imageEventBytes = 16_777_216

/** Null = as the provider-adapter is set. */
export function maxEventBytes(capabilities: Capabilities): number | null {
  const hasImages = capabilities.images === true || capabilities.image_generation === true
  return capabilities.max_event_bytes ?? (hasImages ? imageEventBytes : null)
}
