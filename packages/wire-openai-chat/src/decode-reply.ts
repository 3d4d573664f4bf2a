import type { CanonicalReply } from '@sluice/wire/canonical-reply'
import type { AssistantPart } from '@sluice/wire/canonical-request'
import { isObject, type JsonObject, parseJson, stringOrNull } from '@sluice/wire/json'
import { createCallIds } from '@sluice/wire/tool-identity'
import type { DecoderOptions } from '@sluice/wire/wire-format'
import { decodeReasoningDetails, readSignature } from './opaque-parts.ts'
import { decodeUsage } from './decode-usage.ts'
import { isErrorFinish, normalFinishReason } from './finish-reason.ts'
import { unreadable } from './unreadable.ts'

/** The first answer of a reply; an answer without a choice, or with an error in a 200, is an error. */
export function decodeReply(body: Buffer, { requestId }: DecoderOptions): CanonicalReply {
  const reply = parseJson(body.toString())
  const { choices, usage } = isObject(reply) ? reply : {}
  const first = Array.isArray(choices)
    ? (choices as unknown[]).find((each) => isObject(each))
    : null
  if (!isObject(first)) throw unreadable(reply)
  const finish = stringOrNull(first['finish_reason']) ?? 'stop'
  if (isErrorFinish(finish)) throw unreadable(reply)
  const content = isObject(first['message']) ? decodeContent(first['message'], requestId) : []
  const called = content.some(({ type }) => type === 'tool-call')
  const reason = normalFinishReason(finish)
  return {
    content,
    finish: { reason: called && reason === 'stop' ? 'tool_calls' : reason, raw: finish },
    usage: decodeUsage(usage),
  }
}

function decodeContent(message: JsonObject, requestId: string): AssistantPart[] {
  const { content, refusal, tool_calls: calls } = message
  const parts: AssistantPart[] = decodeReasoningDetails(message['reasoning_details'])
  const thoughts = stringOrNull(message['reasoning_content']) ?? stringOrNull(message['reasoning'])
  if (parts.length === 0 && thoughts !== null) parts.push({ type: 'reasoning', text: thoughts })
  const text = Array.isArray(content) ? joinTexts(content) : content
  if (typeof text === 'string' && text !== '') parts.push({ type: 'text', text })
  if (typeof refusal === 'string' && refusal !== '') parts.push({ type: 'refusal', text: refusal })
  const ids = createCallIds(requestId)
  for (const call of Array.isArray(calls) ? (calls as unknown[]) : []) {
    if (!isObject(call) || !isObject(call['function'])) continue
    const { name, arguments: text } = call['function']
    const signature = readSignature(call)
    parts.push({
      type: 'tool-call',
      id: ids.next(stringOrNull(call['id'])),
      name: stringOrNull(name) ?? '',
      // A tool without arguments is called with `{}`: clients parse what they get (T04).
      arguments: typeof text === 'string' && text !== '' ? text : '{}',
      ...(signature === null ? {} : { signature }),
    })
  }
  return parts
}

function joinTexts(parts: readonly unknown[]): string {
  return parts.map((part) => (isObject(part) ? (stringOrNull(part['text']) ?? '') : '')).join('')
}
