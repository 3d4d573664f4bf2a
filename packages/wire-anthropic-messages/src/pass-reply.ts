import { isObject, parseJson, stringOrNull } from '@sluice/wire/json'
import { scanMembers } from '@sluice/wire/splice'
import type { DecodedReply, ReplyEdits } from '@sluice/wire/wire-format'
import { blockCharacters } from './block-characters.ts'
import { unreadable } from './decode-error.ts'
import { decodeUsage } from './decode-usage.ts'
import { encodeUsage } from './encode-usage.ts'
import { decodeFinish } from './finish-reason.ts'

/** The provider's bytes with the caller's model name in them; an answer without content, or with an error in a 200, is an error. */
export function passReply(body: Buffer, edits: ReplyEdits): DecodedReply {
  const reply = parseJson(body.toString())
  if (!isObject(reply) || !Array.isArray(reply['content'])) throw unreadable(reply, body)
  const { usage } = reply
  const members = scanMembers(body, ['model', 'usage'])
  const data = members.edit({
    model: JSON.stringify(edits.model),
    // Clients break on an answer without counts.
    ...(isObject(usage) ? {} : { usage: JSON.stringify(encodeUsage(null)) }),
  })
  let outputCharacters = 0
  for (const block of reply['content'] as unknown[]) outputCharacters += blockCharacters(block)
  const { reason } = decodeFinish(stringOrNull(reply['stop_reason']) ?? 'end_turn', null)
  return { data, finishReason: reason, usage: decodeUsage(usage), outputCharacters }
}
