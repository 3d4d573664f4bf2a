import type { GenerationState } from '@sluice/contracts/generation/generation-summary'
import type { StoredResponse } from '@sluice/store/response-store'
import { isObject, type JsonObject, parseJson } from '@sluice/wire/json'
import { describeError } from '@sluice/wire-openai-responses/encode-error'
import { responseObject, type ResponseState } from '@sluice/wire-openai-responses/response-object'
import { streamedItems } from '@sluice/wire-openai-responses/streamed-items'
import type { ReadGeneration } from './generation-log.ts'

/** The response as it is while its generation has no end. */
export function runningResponse(stored: StoredResponse, state: GenerationState): JsonObject {
  return build(stored, { status: state === 'accepted' ? 'queued' : 'in_progress', output: [] })
}

/** The response as its generation left it: what the caller was shown, and, where that broke off, what had been said until then. */
export function endedResponse(
  stored: StoredResponse,
  { summary, data }: ReadGeneration,
): JsonObject {
  const { terminal } = summary
  if (terminal === null) return runningResponse(stored, summary.state)
  const shown = terminal.state === 'completed' ? shownResponse(data) : null
  if (shown) return shown
  const { error, usage } = terminal
  const output = streamedItems(eventsOf(data))
  if (terminal.state === 'cancelled') return build(stored, { status: 'cancelled', output, usage })
  return build(stored, {
    status: 'failed',
    output,
    usage,
    error: error && describeError(error, stored.id),
  })
}

/** Its log is gone before it was read: nobody can say how it ended. */
export function lostResponse(stored: StoredResponse): JsonObject {
  const error = { code: 'server_error', message: 'The gateway lost this answer before it was kept' }
  return build(stored, { status: 'failed', output: [], error })
}

function build(stored: StoredResponse, state: ResponseState): JsonObject {
  const { id: requestId, createdAt, model } = stored
  const asked = parseJson(stored.asked)
  const named = { requestId, created: Math.floor(createdAt / 1000), model }
  return responseObject(named, isObject(asked) ? asked : {}, state)
}

/** Of a plain call its whole reply; of a stream the response in its last event. */
function shownResponse(data: readonly Buffer[]): JsonObject | null {
  const last = parseJson(data.at(-1)?.toString() ?? '') ?? eventsOf(data).at(-1)
  if (!isObject(last)) return null
  if (last['object'] === 'response') return last
  return isObject(last['response']) ? last['response'] : null
}

function eventsOf(data: readonly Buffer[]): JsonObject[] {
  return data
    .flatMap((entry) => entry.toString().split('\n'))
    .map((payload) => parseJson(payload))
    .filter((event) => isObject(event))
}
