import { readResponseRow } from '@sluice/contracts/http/routes/edge'
import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import { GatewayError } from '@sluice/kernel/errors'
import { refuse } from '@sluice/wire/parse-body'
import { openAiResponses } from '@sluice/wire-openai-responses'
import type { Request, RequestHandler } from 'express'
import type { IngressContext } from '../../context.ts'
import { ingressErrors } from '../../errors.ts'
import { Call } from '../call.ts'
import { resumedPolicy } from '../disconnect-policy.ts'
import { findGeneration } from '../generations/find-generation.ts'
import { idAndQuery } from '../generations/id-and-query.ts'
import { watchGeneration } from '../generations/watch-generation.ts'
import { requireServing, serveCall } from '../serve-call.ts'
import { type Reader, sseFrames } from '../sse-frames.ts'
import { type Showing, streamAnswer } from '../stream-answer.ts'
import { ownResponse } from './response-routes.ts'

export const streamResponseRoute = '/v1/responses/{id}?stream'

/** `GET /v1/responses/{id}?stream=true&starting_after=N`: the events of a response, from its start or after number N. Passes on without `stream`. */
export function createStreamResponse(context: IngressContext): RequestHandler {
  const { clock, calls, events, generations } = context
  const onOver = (call: Call) => {
    calls.delete(call)
    if (call.accepted && call.wasDelivered) void generations.delivered(call.id)
    events.resumeEnded(streamResponseRoute, call)
  }
  return (request, response, next) => {
    if (idAndQuery(request).query.get('stream') !== 'true') {
      next()
      return
    }
    const requestId = context.newRequestId(clock.now())
    const call = new Call(requestId, request, response, clock.monotonic(), onOver)
    calls.add(call)
    call.dialect = openAiResponses
    void serveCall(call, context, () => answer(call, request, context))
  }
}

async function answer(call: Call, request: Request, context: IngressContext): Promise<void> {
  requireServing(call, context)
  const { query } = idAndQuery(request)
  const after = readNumber(query.get('starting_after'))
  const {
    id,
    caller,
    found: kept,
  } = await ownResponse({ request, response: call.response, id: call.id }, readResponseRow, context)
  call.caller = caller
  if (!kept.stream) throw new GatewayError(ingressErrors.not_streamed)
  const found = await findGeneration(id, caller, context)
  if (found === null) throw new GatewayError(ingressErrors.cursor_expired)
  if (call.departure !== null) return
  using tail = await watchGeneration(call, found, null, resumedPolicy, context)
  if (call.departure !== null) return
  const frames = (entry: LogEntry, reader: Reader) => framesAfter(sseFrames(entry, reader), after)
  const showing: Showing = { again: true, after: null, frames }
  await streamAnswer(call, tail, context, showing)
  if (call.isUnanswered) throw new GatewayError(ingressErrors.log_lost)
}

/** -1 = from the start. */
function readNumber(text: string | null): number {
  if (text === null) return -1
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= 0) return number
  throw refuse("'starting_after' must be the sequence_number of an event", ['starting_after'])
}

/** In a JSON text this can only be a member: a quote inside a string is escaped. */
const numbered = /"sequence_number":\s*(\d+)/

function framesAfter(frames: string, after: number): string {
  if (after < 0 || frames === '') return frames
  const kept = frames
    .split('\n\n')
    .filter((frame) => frame !== '' && Number(numbered.exec(frame)?.[1] ?? 0) > after)
  return kept.map((frame) => `${frame}\n\n`).join('')
}
