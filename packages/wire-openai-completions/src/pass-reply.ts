import { isObject, parseJson, stringOrNull, textOf } from '@sluice/wire/json'
import { scanMembers } from '@sluice/wire/splice'
import type { DecodedReply, ReplyEdits } from '@sluice/wire/wire-format'
import { decodeUsage } from '@sluice/wire-openai-chat/decode-usage'
import { isErrorFinish, normalFinishReason } from '@sluice/wire-openai-chat/finish-reason'
import { unreadable } from '@sluice/wire-openai-chat/unreadable'

/** The provider's bytes with the caller's model name in them; an answer without a choice, or with an error in a 200, is an error. */
export function passReply(body: Buffer, edits: ReplyEdits): DecodedReply {
  const reply = parseJson(body.toString())
  const { choices, usage } = isObject(reply) ? reply : {}
  const answers = Array.isArray(choices) ? choices.filter((each) => isObject(each)) : []
  const [first] = answers
  if (!first) throw unreadable(reply)
  const finish = stringOrNull(first['finish_reason']) ?? 'stop'
  if (isErrorFinish(finish)) throw unreadable(reply)
  let outputCharacters = 0
  for (const { text } of answers) outputCharacters += textOf(text).length
  return {
    data: scanMembers(body, ['model']).edit({ model: JSON.stringify(edits.model) }),
    finishReason: normalFinishReason(finish),
    usage: decodeUsage(usage),
    outputCharacters,
  }
}
