import type { AssistantPart, ReasoningPart } from '@sluice/wire/canonical-request'
import { isObject, type JsonObject, stringOrNull, textOf } from '@sluice/wire/json'

/** `extra_content.google.thought_signature`: where Google's own OpenAI-shaped API carries it. */
export function readSignature(call: JsonObject): string | null {
  const { extra_content: extra } = call
  const google = isObject(extra) && isObject(extra['google']) ? extra['google'] : {}
  return stringOrNull(google['thought_signature'])
}

/** `reasoning_content` is the text alone; `reasoning_details` has signatures, too, in the form that OpenRouter made usual. */
export function decodeReasoning(message: JsonObject): AssistantPart[] {
  const details = decodeReasoningDetails(message['reasoning_details'])
  if (details.length > 0) return details
  const text = stringOrNull(message['reasoning_content']) ?? stringOrNull(message['reasoning'])
  return text === null ? [] : [{ type: 'reasoning', text }]
}

/** By `format`, who can read what is opaque in a detail. */
const originOfFormat: Readonly<Record<string, NonNullable<ReasoningPart['origin']>>> = {
  'anthropic-claude-v1': 'anthropic-messages',
  'google-gemini-v1': 'gemini',
  'openai-responses-v1': 'openai-responses',
}
export const formatOfOrigin = Object.fromEntries(
  Object.entries(originOfFormat).map(([format, origin]) => [origin, format]),
)

export function decodeReasoningDetails(value: unknown): ReasoningPart[] {
  if (!Array.isArray(value)) return []
  return (value as unknown[]).flatMap((detail): ReasoningPart[] => {
    if (!isObject(detail)) return []
    const origin = originOfFormat[textOf(detail['format'])]
    const signature = stringOrNull(detail['signature'])
    const redacted = stringOrNull(detail['data'])
    const id = stringOrNull(detail['id'])
    const text = detail['text'] ?? detail['summary']
    return [
      {
        type: 'reasoning',
        text: typeof text === 'string' ? text : '',
        ...(signature === null ? {} : { signature }),
        ...(redacted === null ? {} : { redacted }),
        ...(id === null ? {} : { id }),
        ...(origin === undefined ? {} : { origin }),
      },
    ]
  })
}
