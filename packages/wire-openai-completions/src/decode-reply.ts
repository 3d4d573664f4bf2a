import type { CanonicalReply } from '@sluice/wire/canonical-reply'
import { isObject, parseJson, stringOrNull, textOf } from '@sluice/wire/json'
import { decodeUsage } from '@sluice/wire-openai-chat/decode-usage'
import { normalFinishReason } from '@sluice/wire-openai-chat/finish-reason'
import { unreadable } from '@sluice/wire-openai-chat/unreadable'

/** The first choice. */
export function decodeReply(body: Buffer): CanonicalReply {
  const reply = parseJson(body.toString())
  const { choices, usage } = isObject(reply) ? reply : {}
  const first: unknown = Array.isArray(choices) ? choices[0] : undefined
  if (!isObject(first)) throw unreadable(reply)
  const text = textOf(first['text'])
  return {
    content: text === '' ? [] : [{ type: 'text', text }],
    finish: { reason: normalFinishReason(stringOrNull(first['finish_reason']) ?? 'stop') },
    usage: decodeUsage(usage),
  }
}
