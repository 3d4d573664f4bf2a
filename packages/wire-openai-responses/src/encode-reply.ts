import type { CanonicalReply } from '@sluice/wire/canonical-reply'
import type { AssistantPart } from '@sluice/wire/canonical-request'
import type { JsonObject } from '@sluice/wire/json'
import type { ReplyEdits } from '@sluice/wire/wire-format'
import { encodeFinish } from './finish-reason.ts'
import { itemId } from './gateway-made.ts'
import { callItem, type ItemStatus, messageItem, reasoningItem, textPart } from './output-items.ts'
import { responseWriter } from './response-object.ts'

export function encodeReply({ content, finish, usage }: CanonicalReply, edits: ReplyEdits): Buffer {
  const { status, reason } = encodeFinish(finish.reason)
  const output = encodeOutput(content, edits.requestId, status)
  return Buffer.from(JSON.stringify(responseWriter(edits)({ status, reason, output, usage })))
}

/** Neighbouring text and refusals are one message. Of an incomplete answer the last item is where it broke off. */
function encodeOutput(
  content: readonly AssistantPart[],
  requestId: string,
  ending: 'completed' | 'incomplete',
): JsonObject[] {
  const output: JsonObject[] = []
  let said: JsonObject[] | null = null
  for (const [i, part] of content.entries()) {
    const status: ItemStatus = i === content.length - 1 ? ending : 'completed'
    const index = output.length
    switch (part.type) {
      case 'text':
      case 'refusal':
        if (said === null) {
          output.push(messageItem(itemId('msg', requestId, index), status, (said = [])))
        } else Object.assign(output.at(-1) ?? {}, { status })
        said.push(textPart(part.type, part.text))
        continue
      case 'tool-call': {
        const { id: callId, name, signature } = part
        const call = { id: itemId('fc', requestId, index), callId, name, signature }
        output.push(callItem(call, status, part.arguments === '' ? '{}' : part.arguments))
        break
      }
      case 'reasoning':
        output.push(reasoningItem(itemId('rs', requestId, index), part.text, part))
        break
    }
    said = null
  }
  return output
}
