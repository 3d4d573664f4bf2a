import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { isObject, parseJson } from '@sluice/wire/json'
import type { BrokenAnswer } from '@sluice/wire/wire-format'
import { responseObject } from './response-object.ts'

export { encodeError } from '@sluice/wire-openai-chat/encode-error'

/**
 * The last event of a stream that failed: `response.failed`, numbered after the event before it, with the usage that is billed. What the response
 * had said is in the events that the client has.
 */
export function encodeErrorEvent(
  error: GenerationError,
  requestId: string,
  previous: string | null,
  answer?: BrokenAnswer,
): string {
  const event = previous === null ? null : parseJson(previous)
  const before = isObject(event) ? event['sequence_number'] : null
  const named = { requestId, created: createdAt(requestId), model: answer?.model ?? '' }
  const described = describeError(error, requestId)
  const usage = answer?.usage ?? null
  const state = { status: 'failed', output: [], error: described, usage } as const
  return JSON.stringify({
    type: 'response.failed',
    sequence_number: typeof before === 'number' ? before + 1 : 0,
    response: responseObject(named, {}, state),
  })
}

export function describeError(
  { status, code, message }: GenerationError,
  requestId: string,
): { code: string; message: string } {
  return {
    code: codeOf(status, code),
    message: status >= 500 ? `${message} (request id ${requestId})` : message,
  }
}

/** OpenAI's words where it has one; clients decide on them. */
function codeOf(status: number, code: string): string {
  if (status === 429) return code
  if (status === 503) return 'server_is_overloaded'
  return status >= 500 ? 'server_error' : code
}

/** Unix seconds: a generation's id, a UUIDv7, begins with its time. */
export function createdAt(requestId: string): number {
  const ms = Number.parseInt(requestId.slice(0, 8) + requestId.slice(9, 13), 16)
  return Number.isNaN(ms) ? 0 : Math.floor(ms / 1000)
}
