import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { generationError, wireErrors } from '@sluice/wire/errors'
import { isObject, type JsonObject, stringOrNull } from '@sluice/wire/json'
import { decodeInlineError, readError } from './decode-error.ts'
import { isErrorFinish } from './finish-reason.ts'
import { listMember, objectMember } from './member.ts'

/** What one reply, or one event of a stream, says. */
export interface Answer {
  readonly candidates: readonly Candidate[]
  readonly usage: JsonObject | null
}

export interface Candidate {
  readonly index: number
  readonly parts: readonly JsonObject[]
  /** Null while the answer goes on. */
  readonly finish: string | null
  readonly finishMessage: string | null
}

/** More than Google gives to one call: a number beyond is a mistake that would cost memory. */
const maxCandidates = 128

/** The answer in a reply or an event, or what went wrong: an error in a 200, a call that the model botched, or nothing that we know (T07, T46). */
export function readAnswer(value: unknown): Answer | GenerationError {
  const error = readError(value)
  if (error) return decodeInlineError(error)
  if (!isObject(value)) return generationError(wireErrors.upstream_error)
  const candidates = listMember(value, 'candidates').filter((each) => isObject(each))
  const usage = objectMember(value, 'usageMetadata')
  const blocked = objectMember(value, 'promptFeedback')?.['blockReason']
  if (candidates.length === 0 && typeof blocked === 'string') {
    const refusal = { index: 0, parts: [], finish: 'PROHIBITED_CONTENT', finishMessage: null }
    return { candidates: [refusal], usage }
  }
  const read = candidates.map(readCandidate).filter((candidate) => candidate !== null)
  if (read.length === 0 && !usage && !('modelVersion' in value) && !('responseId' in value)) {
    return generationError(wireErrors.upstream_error)
  }
  for (const { finish, finishMessage } of read) {
    if (finish === null || !isErrorFinish(finish)) continue
    const text = finishMessage ?? `The model broke off: ${finish}`
    return generationError(wireErrors.upstream_error, text)
  }
  return { candidates: read, usage }
}

/** Null for one whose number cannot be. */
function readCandidate(candidate: JsonObject): Candidate | null {
  const index = candidate['index'] ?? 0
  if (!Number.isInteger(index) || (index as number) < 0 || (index as number) >= maxCandidates)
    return null
  const content = objectMember(candidate, 'content')
  return {
    index: index as number,
    parts: listMember(content, 'parts').filter((part) => isObject(part)),
    finish: stringOrNull(candidate['finishReason']),
    finishMessage: stringOrNull(candidate['finishMessage']),
  }
}

export function isAnswer(value: Answer | GenerationError): value is Answer {
  return 'candidates' in value
}
