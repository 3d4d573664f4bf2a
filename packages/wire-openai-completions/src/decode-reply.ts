import type { CanonicalReply, Choice } from '@sluice/wire/canonical-reply'
import { isObject, type JsonObject, parseJson, stringOrNull, textOf } from '@sluice/wire/json'
import { choicesIn } from '@sluice/wire-openai-chat/choice-index'
import { decodeUsage } from '@sluice/wire-openai-chat/decode-usage'
import { normalFinishReason } from '@sluice/wire-openai-chat/finish-reason'
import { unreadable } from '@sluice/wire-openai-chat/unreadable'

export function decodeReply(body: Buffer): CanonicalReply {
  const reply = parseJson(body.toString())
  const [first, ...others] = choicesIn(reply).map(decodeChoice)
  if (!first) throw unreadable(reply)
  const usage = decodeUsage(isObject(reply) ? reply['usage'] : null)
  return { ...first, ...(others.length > 0 ? { others } : {}), usage }
}

function decodeChoice(choice: JsonObject): Choice {
  const text = textOf(choice['text'])
  return {
    content: text === '' ? [] : [{ type: 'text', text }],
    finish: { reason: normalFinishReason(stringOrNull(choice['finish_reason']) ?? 'stop') },
  }
}
