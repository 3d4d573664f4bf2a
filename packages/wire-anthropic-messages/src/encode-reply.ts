import type { CanonicalReply } from '@sluice/wire/canonical-reply'
import type { AssistantPart, ReasoningPart, ToolCallPart } from '@sluice/wire/canonical-request'
import { isObject, type JsonObject, parseJson } from '@sluice/wire/json'
import type { ReplyEdits } from '@sluice/wire/wire-format'
import { encodeUsage } from './encode-usage.ts'
import { encodeFinish } from './finish-reason.ts'
import { encodeForeign, ownWire } from './foreign-reasoning.ts'
import { messageHead } from './message-head.ts'

export function encodeReply({ content, finish, usage }: CanonicalReply, edits: ReplyEdits): Buffer {
  const message = {
    ...messageHead(edits),
    content: content.flatMap((part) => encodePart(part)),
    ...encodeFinish(
      finish,
      content.some(({ type }) => type === 'tool-call'),
    ),
    usage: encodeUsage(usage),
  }
  return Buffer.from(JSON.stringify(message))
}

/** No empty texts: clients give them back, and then they are refused (T10, T33). */
function encodePart(part: AssistantPart): JsonObject[] {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return part.text === '' ? [] : [{ type: 'text', text: part.text }]
    case 'reasoning':
      return encodeReasoning(part)
    case 'tool-call':
      return [encodeCall(part)]
  }
}

function encodeReasoning(opaque: ReasoningPart): JsonObject[] {
  const { text } = opaque
  const isOwn = opaque.origin === ownWire
  if (isOwn && opaque.redacted !== undefined) {
    return [{ type: 'redacted_thinking', data: opaque.redacted }]
  }
  if (!isOwn && text === '' && opaque.origin === undefined) return []
  const signature = isOwn ? (opaque.signature ?? '') : encodeForeign(opaque)
  return [{ type: 'thinking', thinking: text, signature }]
}

/** The input is an object here (T13); arguments that are none, because they were cut, leave it empty. */
function encodeCall({ id, name, arguments: text, signature }: ToolCallPart): JsonObject {
  const input = parseJson(text)
  const opaque = signature === undefined ? {} : { signature: encodeForeign({ signature }) }
  return { type: 'tool_use', id, name, input: isObject(input) ? input : {}, ...opaque }
}
