import type { IncomingHttpHeaders, RequestListener } from 'node:http'
import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { Caller } from '@sluice/contracts/caller'
import { sleep } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import { inPlaceOf } from '@sluice/kernel/ids'
import type { CallSummary } from '@sluice/wire/wire-format'
import { answerAttached } from './answer-attached.ts'
import { Call } from './call.ts'
import type { IngressContext } from '../context.ts'
import { ingressErrors } from '../errors.ts'
import { answerError } from './answer-error.ts'
import { authenticate } from './authenticate.ts'
import { groupOf } from './group.ts'
import { forwardableHeaders, traceparent } from './caller-headers.ts'
import { type DisconnectPolicy, readDisconnectPolicy } from './disconnect-policy.ts'
import type { Endpoint } from './endpoints.ts'
import { requireModel } from './model-access.ts'
import { plainAnswer } from './plain-answer.ts'
import { readBody, requireJson } from './read-body.ts'
import { attachOf, readRepetition } from './repetition.ts'
import { requireServing, serveCall } from './serve-call.ts'
import { streamAnswer } from './stream-answer.ts'

/** The hot path: a plain `node:http` handler per inference route, matched before Express. */
export function createInference(endpoint: Endpoint, context: IngressContext): RequestListener {
  const { clock, calls, events, generations } = context
  const answerCall = (call: Call) => answer(call, endpoint, context)
  const onOver = (call: Call) => {
    calls.delete(call)
    if (call.reportsDelivery && call.wasDelivered) void generations.delivered(call.id)
    events.callEnded(endpoint.route, call)
  }
  return (request, response) => {
    const requestId = context.newRequestId(clock.now())
    const call = new Call(requestId, request, response, clock.monotonic(), onOver)
    calls.add(call)
    call.dialect = endpoint.dialect
    void serveCall(call, context, answerCall)
  }
}

async function answer(call: Call, endpoint: Endpoint, context: IngressContext): Promise<void> {
  const { config, generations, clock } = context
  const { headers } = call.request
  requireServing(call, context)
  const caller = await authenticate(headers, context.verdicts)
  call.caller = caller
  call.id = inPlaceOf(call.id, caller.tenantId)
  requireJson(headers)
  const policy = readDisconnectPolicy(headers, config.onDisconnect)
  const repetition = readRepetition(headers)
  const body = await readBody(call.request, config.maxInferenceBytes)
  call.bytesIn = body.length
  const asked = endpoint.dialect.parseRequest(body)
  call.model = asked.model
  call.stream = asked.stream
  requireModel(caller, asked.model)
  const attach = repetition === null ? null : attachOf(repetition, endpoint.route, caller, body)
  call.reportsDelivery = attach?.kind === 'retry'

  // A client that gave up while this process stood still has its close in the socket, behind the request. It is not started.
  if (context.calls.thawing) await sleep(clock, closeIsSeenMs)
  if (call.departure !== null) return

  // Opened before the generation exists, so that no entry can be missed.
  using tail = generations.tail(call.id, { after: null, fresh: true })
  call.tail = tail
  const request = generationRequest(call, endpoint, caller, asked, policy, context)
  const reservation = noReservation
  const admitted = await generations.admit({ request, body, attach, reservation })
  if (!admitted.ok) {
    answerError(call, admitted.error, context)
    return
  }
  if (admitted.attached) {
    tail[Symbol.dispose]()
    await answerAttached(call, admitted.id, policy, context)
    return
  }
  call.accepted = true
  call.policy = policy
  if (call.departure !== null) return
  await (asked.stream ? streamAnswer(call, tail, context) : plainAnswer(call, tail, context))
  if (call.isUnanswered) throw new GatewayError(ingressErrors.log_lost)
}

/** Enough turns of the event loop to read the close that follows a request. */
const closeIsSeenMs = 5

const noReservation = Object.freeze({ amountNanoUsd: 0 })

function generationRequest(
  call: Call,
  { operation, dialect }: Endpoint,
  caller: Caller,
  asked: CallSummary,
  policy: DisconnectPolicy,
  { config, clock }: IngressContext,
): GenerationRequest {
  const headers: IncomingHttpHeaders = call.request.headers
  const acceptedAt = clock.now()
  return {
    id: call.id,
    caller,
    operation,
    wire: dialect.name,
    model: asked.model,
    stream: asked.stream,
    includeUsage: asked.includeUsage,
    needs: [...asked.needs],
    group: groupOf(headers, asked),
    contentType: 'application/json',
    headers: forwardableHeaders(headers),
    clientRequestId: call.clientRequestId,
    traceparent: traceparent(headers),
    onDisconnect: policy.afterHead,
    acceptedAt,
    deadlineAt: acceptedAt + config.deadlineMs,
  }
}
