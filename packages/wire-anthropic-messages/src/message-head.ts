import type { JsonObject } from '@sluice/wire/json'
import type { ReplyEdits } from '@sluice/wire/wire-format'

/** What a message begins with, plain and streamed. */
export function messageHead({ requestId, model }: ReplyEdits): JsonObject {
  return { id: `msg_${requestId}`, type: 'message', role: 'assistant', model }
}
