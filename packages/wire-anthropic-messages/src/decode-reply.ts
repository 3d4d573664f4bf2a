import type { CanonicalReply } from '@sluice/wire/canonical-reply'
import type { AssistantPart } from '@sluice/wire/canonical-request'
import { isObject, parseJson, stringOrNull } from '@sluice/wire/json'
import { createCallIds } from '@sluice/wire/tool-identity'
import type { DecoderOptions } from '@sluice/wire/wire-format'
import { unreadable } from './decode-error.ts'
import { blocksOf, decodeAnswer } from './decode-messages.ts'
import { decodeUsage } from './decode-usage.ts'
import { decodeFinish } from './finish-reason.ts'

export function decodeReply(body: Buffer, { requestId }: DecoderOptions): CanonicalReply {
  const reply = parseJson(body.toString())
  if (!isObject(reply) || !Array.isArray(reply['content'])) throw unreadable(reply, body)
  const ids = createCallIds(requestId)
  const content = decodeAnswer(blocksOf(reply['content']))
    .filter(isSaid)
    .map((part) =>
      part.type === 'tool-call' ? { ...part, id: ids.next(stringOrNull(part.id)) } : part,
    )
  const finish = decodeFinish(
    stringOrNull(reply['stop_reason']) ?? 'end_turn',
    reply['stop_sequence'],
  )
  // Some vendors end a turn of calls like any other.
  const isCall = finish.reason === 'stop' && content.some(({ type }) => type === 'tool-call')
  return {
    content,
    finish: isCall ? { ...finish, reason: 'tool_calls' } : finish,
    usage: decodeUsage(reply['usage']),
  }
}

/** No empty texts (T10). Thoughts may have none and still be signed (T23). */
function isSaid(part: AssistantPart): boolean {
  return part.type !== 'text' || part.text !== ''
}
