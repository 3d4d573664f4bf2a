import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { generationError, wireErrors } from '@sluice/wire/errors'
import { isObject, type JsonObject, stringOrNull } from '@sluice/wire/json'
import { decodeInlineError, readError } from './decode-error.ts'
import { isErrorFinish } from './finish-reason.ts'
import { listMember, objectMember } from './member.ts'

/** What one reply, or one event of a stream, says of the first candidate. */
export interface Answer {
  readonly parts: readonly JsonObject[]
  /** Null while the answer goes on. */
  readonly finish: string | null
  readonly usage: JsonObject | null
}

/** The answer in a reply or an event, or what went wrong: an error in a 200, a call that the model botched, or nothing that we know (T07, T46). */
export function readAnswer(value: unknown): Answer | GenerationError {
  const error = readError(value)
  if (error) return decodeInlineError(error)
  if (!isObject(value)) return generationError(wireErrors.upstream_error)
  const candidates = listMember(value, 'candidates').filter((each) => isObject(each))
  const usage = objectMember(value, 'usageMetadata')
  const blocked = objectMember(value, 'promptFeedback')?.['blockReason']
  if (candidates.length === 0 && typeof blocked === 'string') {
    return { parts: [], finish: 'PROHIBITED_CONTENT', usage }
  }
  const candidate = candidates.find((each) => (each['index'] ?? 0) === 0)
  if (!candidate && !usage && !('modelVersion' in value) && !('responseId' in value)) {
    return generationError(wireErrors.upstream_error)
  }
  const finish = stringOrNull(candidate?.['finishReason'])
  if (finish !== null && isErrorFinish(finish)) {
    const text = stringOrNull(candidate?.['finishMessage']) ?? `The model broke off: ${finish}`
    return generationError(wireErrors.upstream_error, text)
  }
  const content = objectMember(candidate, 'content')
  return { parts: listMember(content, 'parts').filter((part) => isObject(part)), finish, usage }
}

export function isAnswer(value: Answer | GenerationError): value is Answer {
  return 'parts' in value
}
