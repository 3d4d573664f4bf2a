import type { CanonicalReply } from '@sluice/wire/canonical-reply'
import type { AssistantPart } from '@sluice/wire/canonical-request'
import type { JsonObject } from '@sluice/wire/json'
import type { ReplyEdits } from '@sluice/wire/wire-format'
import { encodeUsage } from './encode-usage.ts'
import { encodeFinish } from './finish-reason.ts'
import { encodeToolCall } from './tools.ts'

export function encodeReply({ content, finish, usage }: CanonicalReply, edits: ReplyEdits): Buffer {
  const reply = {
    ...lineHead(edits),
    message: encodeMessage(content),
    done: true,
    done_reason: encodeFinish(finish.reason),
    ...encodeUsage(usage),
  }
  return Buffer.from(JSON.stringify(reply))
}

/** What each line of a stream begins with. */
export function lineHead({ model, created }: ReplyEdits): JsonObject {
  return { model, created_at: new Date(created * 1000).toISOString() }
}

/** A call whose arguments were cut has no place here: half of them would be taken for all (T09). */
function encodeMessage(content: readonly AssistantPart[]): JsonObject {
  let text = ''
  let thinking = ''
  const calls: JsonObject[] = []
  for (const part of content) {
    if (part.type === 'tool-call') {
      const call = encodeToolCall(part)
      if (call) calls.push(call)
    } else if (part.type === 'reasoning') thinking += part.text
    else text += part.text
  }
  return {
    role: 'assistant',
    content: text,
    ...(thinking === '' ? {} : { thinking }),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  }
}
