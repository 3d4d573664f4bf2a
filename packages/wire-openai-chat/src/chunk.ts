import type { ReplyEdits } from '@sluice/wire/wire-format'
import { isObject, type JsonObject, stringOrNull } from '@sluice/wire/json'

/** A parsed stream chunk whose `choices` are objects with a number as index and an object as delta. */
export interface Chunk extends JsonObject {
  choices: Choice[]
}
export interface Choice extends JsonObject {
  index: number
  delta: JsonObject
}

/** What all chunks of a stream share; the first chunk decides it. */
export interface Identity {
  id: string | null
  created: number | null
}

/**
 * Brings the odd chunks of other vendors into the shape clients can read: `choices` always an array, `delta` always an object, the fields that name
 * the stream always there and always the same. What OpenAI does not know is left in place.
 */
export function normaliseChunk(value: JsonObject, identity: Identity, edits: ReplyEdits): Chunk {
  const { choices, id, created } = value
  const chunk = value as Chunk
  chunk.choices = (Array.isArray(choices) ? choices.filter((c) => isObject(c)) : []) as Choice[]
  for (const [position, choice] of chunk.choices.entries()) {
    if (typeof choice.index !== 'number') choice.index = position
    if (!isObject(choice.delta)) choice.delta = {}
    if (stringOrNull(choice['finish_reason']) === null) choice['finish_reason'] = null
  }
  identity.id ??= stringOrNull(id) ?? `chatcmpl-${edits.requestId}`
  identity.created ??= typeof created === 'number' && created > 0 ? created : edits.created
  chunk['id'] = identity.id
  chunk['created'] = identity.created
  chunk['object'] = 'chat.completion.chunk'
  chunk['model'] = edits.model
  return chunk
}
