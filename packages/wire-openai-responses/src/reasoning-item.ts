import type { ReasoningPart } from '@sluice/wire/canonical-request'
import { isObject, type JsonObject, stringOrNull } from '@sluice/wire/json'
import { openThoughts, requestIdOfItem, sealThoughts } from './gateway-made.ts'

/** Between the parts of a summary, which the canonical form does not tell apart. */
export const summaryBreak = '\n\n'

export function decodeReasoning(item: JsonObject): ReasoningPart {
  const text = textsOf(item['summary']) || textsOf(item['content'])
  const encrypted = stringOrNull(item['encrypted_content'])
  const opened = encrypted === null ? null : openThoughts(encrypted)
  if (opened) return { type: 'reasoning', text, ...opened }
  const id = stringOrNull(item['id'])
  if (requestIdOfItem(id) !== null) return { type: 'reasoning', text }
  return {
    type: 'reasoning',
    text,
    ...(encrypted === null ? {} : { redacted: encrypted }),
    ...(id === null ? {} : { id }),
    ...(encrypted === null && id === null ? {} : { origin: 'openai-responses' }),
  }
}

function textsOf(parts: unknown): string {
  if (!Array.isArray(parts)) return ''
  const texts = (parts as unknown[]).map((part) => (isObject(part) ? part['text'] : null))
  return texts.filter((text) => typeof text === 'string').join(summaryBreak)
}

/** What is written into `encrypted_content`; null = nothing has to come back. */
export function encryptedOf(
  part: Pick<ReasoningPart, 'signature' | 'redacted' | 'origin'>,
): string | null {
  if (part.origin === 'openai-responses') return part.redacted ?? null
  if (part.signature === undefined && part.redacted === undefined) return null
  return sealThoughts(part)
}
