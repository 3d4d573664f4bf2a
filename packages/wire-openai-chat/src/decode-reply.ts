import type { CanonicalReply, Choice } from '@sluice/wire/canonical-reply'
import type { AssistantPart } from '@sluice/wire/canonical-request'
import { isObject, type JsonObject, parseJson, stringOrNull } from '@sluice/wire/json'
import { type CallIds, createCallIds } from '@sluice/wire/tool-identity'
import type { DecoderOptions } from '@sluice/wire/wire-format'
import { choicesIn } from './choice-index.ts'
import { decodeReasoningDetails, readSignature } from './opaque-parts.ts'
import { decodeUsage } from './decode-usage.ts'
import { isErrorFinish, normalFinishReason } from './finish-reason.ts'
import { unreadable } from './unreadable.ts'

/** A reply without a choice, or with an error in a 200, is an error. */
export function decodeReply(body: Buffer, { requestId }: DecoderOptions): CanonicalReply {
  const reply = parseJson(body.toString())
  const ids = createCallIds(requestId)
  const [first, ...others] = choicesIn(reply).map((choice) => decodeChoice(choice, ids, reply))
  if (!first) throw unreadable(reply)
  const usage = decodeUsage(isObject(reply) ? reply['usage'] : null)
  return { ...first, ...(others.length > 0 ? { others } : {}), usage }
}

function decodeChoice(choice: JsonObject, ids: CallIds, reply: unknown): Choice {
  const finish = stringOrNull(choice['finish_reason']) ?? 'stop'
  if (isErrorFinish(finish)) throw unreadable(reply)
  const content = isObject(choice['message']) ? decodeContent(choice['message'], ids) : []
  const called = content.some(({ type }) => type === 'tool-call')
  const reason = normalFinishReason(finish)
  return {
    content,
    finish: { reason: called && reason === 'stop' ? 'tool_calls' : reason, raw: finish },
  }
}

function decodeContent(message: JsonObject, ids: CallIds): AssistantPart[] {
  const { content, refusal, tool_calls: calls } = message
  const parts: AssistantPart[] = decodeReasoningDetails(message['reasoning_details'])
  const thoughts = stringOrNull(message['reasoning_content']) ?? stringOrNull(message['reasoning'])
  if (parts.length === 0 && thoughts !== null) parts.push({ type: 'reasoning', text: thoughts })
  const text = Array.isArray(content) ? joinTexts(content) : content
  if (typeof text === 'string' && text !== '') parts.push({ type: 'text', text })
  if (typeof refusal === 'string' && refusal !== '') parts.push({ type: 'refusal', text: refusal })
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
