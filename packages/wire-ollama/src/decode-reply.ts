import type { CanonicalReply } from '@sluice/wire/canonical-reply'
import type { AssistantPart } from '@sluice/wire/canonical-request'
import { isObject, type JsonObject, parseJson, stringOrNull } from '@sluice/wire/json'
import { createCallIds } from '@sluice/wire/tool-identity'
import type { DecoderOptions } from '@sluice/wire/wire-format'
import { decodeUsage } from './decode-usage.ts'
import { decodeFinish } from './finish-reason.ts'
import { decodeToolCalls } from './tools.ts'
import { unreadable } from './unreadable.ts'

export function decodeReply(body: Buffer, { requestId }: DecoderOptions): CanonicalReply {
  const reply = parseJson(body.toString())
  if (!isObject(reply) || !isObject(reply['message']) || reply['done'] !== true) {
    throw unreadable(reply)
  }
  const content = decodeMessage(reply['message'], requestId)
  const called = content.some(({ type }) => type === 'tool-call')
  return {
    content,
    finish: decodeFinish(reply['done_reason'], called),
    usage: decodeUsage(reply),
  }
}

/** An empty text beside calls is none (T10). */
function decodeMessage(
  { content, thinking, tool_calls: calls }: JsonObject,
  requestId: string,
): AssistantPart[] {
  const ids = createCallIds(requestId)
  const thought = stringOrNull(thinking)
  const text = stringOrNull(content)
  return [
    ...(thought === null ? [] : [{ type: 'reasoning' as const, text: thought }]),
    ...(text === null ? [] : [{ type: 'text' as const, text }]),
    ...decodeToolCalls(calls, (given) => ids.next(given)),
  ]
}
