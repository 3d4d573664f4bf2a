import type { CanonicalReply } from '@sluice/wire/canonical-reply'
import type { AssistantPart, ReasoningPart } from '@sluice/wire/canonical-request'
import type { JsonObject } from '@sluice/wire/json'
import type { ReplyEdits } from '@sluice/wire/wire-format'
import { encodeReasoning, signed } from './encode-messages.ts'
import { encodeUsage } from './encode-usage.ts'

export function encodeReply(reply: CanonicalReply, edits: ReplyEdits): Buffer {
  const { usage, others = [] } = reply
  const completion = {
    id: `chatcmpl-${edits.requestId}`,
    object: 'chat.completion',
    created: edits.created,
    model: edits.model,
    choices: [reply, ...others].map(({ content, finish }, index) => ({
      index,
      message: encodeMessage(content),
      logprobs: null,
      finish_reason: finish.reason,
    })),
    ...(usage ? { usage: encodeUsage(usage) } : {}),
  }
  return Buffer.from(JSON.stringify(completion))
}

function encodeMessage(content: readonly AssistantPart[]): JsonObject {
  let text = ''
  let refusal = ''
  const thoughts: ReasoningPart[] = []
  const calls: JsonObject[] = []
  for (const part of content) {
    switch (part.type) {
      case 'text':
        text += part.text
        break
      case 'refusal':
        refusal += part.text
        break
      case 'reasoning':
        thoughts.push(part)
        break
      case 'tool-call':
        calls.push({
          id: part.id,
          type: 'function',
          function: { name: part.name, arguments: part.arguments },
          ...(part.signature === undefined ? {} : signed(part.signature)),
        })
        break
    }
  }
  return {
    role: 'assistant',
    content: text === '' && (calls.length > 0 || refusal !== '') ? null : text,
    ...encodeReasoning(thoughts),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    refusal: refusal === '' ? null : refusal,
  }
}
