import type { Need, Operation } from '@sluice/contracts/generation/generation-request'
import type { Capabilities } from '@sluice/contracts/rows/capabilities'

type Flag = Need | (typeof flagOfOperation)[keyof typeof flagOfOperation]

/** What a row must not deny for an operation. */
const flagOfOperation = {
  chat: 'chat',
  embeddings: 'embeddings',
  rerank: 'rerank',
  moderations: 'moderation',
  images: 'image_generation',
  'image-edits': 'image_generation',
  speech: 'speech',
  transcriptions: 'transcription',
  translations: 'transcription',
} as const satisfies Record<Operation, keyof Capabilities>

/** Of what a call takes, the capabilities that the row denies. */
export function denied(
  capabilities: Capabilities,
  operation: Operation,
  needs: readonly Need[],
): Flag[] {
  const flag = flagOfOperation[operation]
  const flags: Flag[] = operation === 'chat' ? [flag, ...needs] : [flag]
  return flags.filter((flag) => capabilities[flag] === false)
}

/** An image travels in one event, base64. */
const imageEventBytes = 16_777_216

/** Null = as the provider-adapter is set. */
export function maxEventBytes(capabilities: Capabilities): number | null {
  const hasImages = capabilities.images === true || capabilities.image_generation === true
  return capabilities.max_event_bytes ?? (hasImages ? imageEventBytes : null)
}
