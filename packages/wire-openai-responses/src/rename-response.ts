import type { JsonObject } from '@sluice/wire/json'
import type { ReplyEdits } from '@sluice/wire/wire-format'
import { responseId } from './response-object.ts'

/** What a provider's response is called here, and what of the call it was not told. */
export function ourMembers({ requestId, model, hints }: ReplyEdits): JsonObject {
  return { id: responseId(requestId), model, ...hints?.echo }
}

export function renamed(response: JsonObject, edits: ReplyEdits): JsonObject {
  return { ...response, ...ourMembers(edits) }
}
