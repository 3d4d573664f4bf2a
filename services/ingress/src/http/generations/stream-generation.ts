import type { RequestHandler } from 'express'
import { streamGenerationRow } from '@sluice/contracts/http/routes/edge'
import { generationErrors } from '@sluice/generations/errors'
import { absence } from '@sluice/generations/retention'
import { GatewayError } from '@sluice/kernel/errors'
import type { WireFormat } from '@sluice/wire/wire-format'
import type { IngressContext } from '../../context.ts'
import { ingressErrors } from '../../errors.ts'
import { dialectNames, dialectOf, isDialect } from '../dialects.ts'
import { Call } from '../call.ts'
import { identify } from '../permit.ts'
import { resumedPolicy } from '../disconnect-policy.ts'
import { requireServing, serveCall } from '../serve-call.ts'
import { plainFrame, sseFrames } from '../sse-frames.ts'
import {
  answerNothingLeft,
  isInsideEntry,
  openStream,
  type Showing,
  streamAnswer,
} from '../stream-answer.ts'
import { compareCursors, readStreamCursor, type StreamCursor } from '../stream-cursor.ts'
import { findGeneration, type FoundGeneration } from './find-generation.ts'
import { idAndQuery } from './id-and-query.ts'
import { createTranslatedFrames } from './translated-frames.ts'
import { watchGeneration } from './watch-generation.ts'

export const streamRoute = streamGenerationRow.path

/** `GET /v1/generations/{id}/stream`: the answer, from its start or from a cursor. Never starts anything. */
export function createStreamGeneration(context: IngressContext): RequestHandler {
  const { clock, calls, events, generations } = context
  const onOver = (call: Call) => {
    calls.delete(call)
    if (call.accepted && call.wasDelivered) void generations.delivered(call.id)
    events.resumeEnded(streamRoute, call)
  }
  return (request, response) => {
    const requestId = context.newRequestId(clock.now())
    const call = new Call(requestId, request, response, clock.monotonic(), onOver)
    calls.add(call)
    const { id, query } = idAndQuery(request)
    void serveCall(call, context, () => answer(call, id, query, context))
  }
}

async function answer(
  call: Call,
  id: string,
  query: URLSearchParams,
  context: IngressContext,
): Promise<void> {
  requireServing(call, context)
  const { headers } = call.request
  const { caller } = await identify(call, streamGenerationRow, context)
  call.caller = caller
  const after = readStreamCursor(headers, query)
  const found = await findGeneration(id, caller, context)
  if (found === null) throw missing(id, after, context)
  requireEvents(found)
  const dialect = viewedDialect(query, found)
  if (dialect !== null && after !== null) {
    const message = `A place to go on from is one in the dialect of the call, ${found.summary.wire}`
    throw new GatewayError(ingressErrors.unsupported_dialect, message, { param: 'dialect' })
  }
  if (call.departure !== null) return

  const { summary } = found
  const isAtLast =
    after !== null &&
    summary.lastCursor !== null &&
    !isInsideEntry(after) &&
    compareCursors(after, summary.lastCursor) === 0
  if (isAtLast && summary.terminal !== null) {
    call.id = summary.id
    call.terminal = summary.terminal
    answerNothingLeft(call, context)
    return
  }
  await requirePlace(found, after, context)
  using tail = await watchGeneration(call, found, after, resumedPolicy, context)
  if (call.departure !== null) return
  // Nothing new may come for long, and the place is known to be right: the reader is told now that it was found.
  if (isAtLast) {
    openStream(call, context)
    call.response.flushHeaders()
  }
  const own = summary.stream ? sseFrames : plainFrame
  if (dialect !== null) call.dialect = dialect
  const frames =
    dialect === null ? own : createTranslatedFrames(summary, dialectOf(summary.wire), dialect)
  const showing: Showing = { again: true, after, frames }
  await streamAnswer(call, tail, context, showing)
  if (call.isUnanswered) throw new GatewayError(ingressErrors.log_lost)
}

/**
 * A place inside an entry is read from the entry before it, where the log would wait for an entry that is still to come. Whether it was ever
 * written is asked first.
 */
async function requirePlace(
  { summary }: FoundGeneration,
  after: StreamCursor | null,
  { generations }: IngressContext,
): Promise<void> {
  if (!isInsideEntry(after)) return
  const { lastCursor } = summary
  if (lastCursor !== null && compareCursors(after, lastCursor) <= 0) return
  if (summary.terminal !== null) throw new GatewayError(generationErrors.log_reset)
  using tail = generations.tail(summary.id, { after, fresh: false })
  await tail.next()
}

/** Sound is no text, and events hold nothing else. */
function requireEvents({ summary }: FoundGeneration): void {
  if (summary.operation !== 'speech') return
  const message = 'The answer is sound, which is not kept as events: make the call again'
  throw new GatewayError(ingressErrors.unsupported_dialect, message)
}

/** Null = that of the call. Operations other than chats have one dialect only, which is OpenAI's. */
function viewedDialect(query: URLSearchParams, { summary }: FoundGeneration): WireFormat | null {
  const dialect = query.get('dialect')
  if (dialect === null || dialect === summary.wire) return null
  if (isDialect(dialect) && summary.operation === 'chat') return dialectOf(dialect)
  const known = summary.operation === 'chat' ? dialectNames.join(', ') : summary.wire
  const message = `This generation can be read in the dialects ${known}`
  throw new GatewayError(ingressErrors.unsupported_dialect, message, { param: 'dialect' })
}

/**
 * Not there, or not this caller's. An id tells its age: a cursor of one that is older than any log here is one whose log is gone. That says
 * nothing about whether there ever was one.
 */
function missing(
  id: string,
  after: StreamCursor | null,
  { clock, generations }: IngressContext,
): GatewayError {
  const { retentionMs } = generations.timing
  const isGone = absence(id, after, clock.now(), retentionMs) === 'expired'
  return new GatewayError(
    isGone ? ingressErrors.cursor_expired : ingressErrors.generation_not_found,
  )
}
