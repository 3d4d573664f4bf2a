import type { CanonicalReply } from '@sluice/wire/canonical-reply'
import type { AssistantPart, ToolCallPart } from '@sluice/wire/canonical-request'
import type { JsonObject } from '@sluice/wire/json'
import type { ReplyEdits } from '@sluice/wire/wire-format'
import { argumentsOf } from './encode-contents.ts'
import { encodeUsage } from './encode-usage.ts'
import { encodeFinish } from './finish-reason.ts'

export function encodeReply(
  { usage, others = [], ...first }: CanonicalReply,
  edits: ReplyEdits,
): Buffer {
  const reply = {
    candidates: [first, ...others].map(({ content, finish }, index) => ({
      content: { role: 'model', parts: content.flatMap((part) => encodePart(part)) },
      finishReason: encodeFinish(finish.reason),
      index,
    })),
    ...encodeUsage(usage),
    modelVersion: edits.model,
    responseId: edits.requestId,
  }
  return Buffer.from(JSON.stringify(reply))
}

function encodePart(part: AssistantPart): JsonObject[] {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return [{ text: part.text }]
    case 'reasoning': {
      const { text, signature, origin } = part
      const signed =
        origin === 'gemini' && signature !== undefined ? { thoughtSignature: signature } : {}
      if (text !== '') return [{ text, thought: true, ...signed }]
      return 'thoughtSignature' in signed ? [{ text: '', ...signed }] : []
    }
    case 'tool-call':
      return encodeCall(part)
  }
}

/** A call whose arguments were cut has no place here: half of them would be taken for all (T09). */
export function encodeCall(call: ToolCallPart): JsonObject[] {
  const args = argumentsOf(call)
  if (!args) return []
  const { id, name, signature } = call
  const signed = signature === undefined ? {} : { thoughtSignature: signature }
  return [{ functionCall: { id, name, args }, ...signed }]
}
