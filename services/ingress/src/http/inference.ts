import type { IncomingHttpHeaders, RequestListener } from 'node:http'
import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { Caller } from '@sluice/contracts/caller'
import type { Principal } from '@sluice/contracts/rpc/manage'
import { sleep } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import { inPlaceOf } from '@sluice/kernel/ids'
import type { Admitted } from '@sluice/generations'
import { estimateTokens } from '@sluice/kernel/estimate-tokens'
import type { CallSummary } from '@sluice/wire/wire-format'
import { admitWithin } from './admission.ts'
import { answerAttached } from './answer-attached.ts'
import { type Asked, jsonType } from './asked.ts'
import { Call } from './call.ts'
import type { IngressContext } from '../context.ts'
import { ingressErrors } from '../errors.ts'
import { answerError } from './answer-error.ts'
import { groupOf } from './group.ts'
import { forwardableHeaders, traceparent } from './caller-headers.ts'
import {
  backgroundPolicy,
  type DisconnectPolicy,
  readDisconnectPolicy,
} from './disconnect-policy.ts'
import type { Endpoint } from './endpoints.ts'
import { requireModel } from './model-access.ts'
import { bodyLimit, identify } from './permit.ts'
import { plainAnswer } from './plain-answer.ts'
import { readBody } from './read-body.ts'
import { attachOf, readRepetition } from './repetition.ts'
import { readRequestBudget } from './request-budget.ts'
import type { Session } from './responses/session.ts'
import { askedTurns } from '../turns/asked-turns.ts'
import { requireServing, serveCall } from './serve-call.ts'
import { streamAnswer } from './stream-answer.ts'

/** The hot path: a plain `node:http` handler per inference route, matched before Express. */
export function createInference(endpoint: Endpoint, context: IngressContext): RequestListener {
  const { clock, calls, events, generations } = context
  const { session } = endpoint
  const answerCall = (call: Call) => answer(call, endpoint, context)
  const answerWithin = (held: Session) => async (call: Call) => {
    try {
      await answer(call, endpoint, context)
    } finally {
      held.end(call, context)
    }
  }
  const serve = session ? answerWithin(session) : answerCall
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
    void serveCall(call, context, serve)
  }
}

async function answer(call: Call, endpoint: Endpoint, context: IngressContext): Promise<void> {
  const { config } = context
  const { headers } = call.request
  requireServing(call, context)
  // Awaited only where there is something to wait for: known keys are answered at once.
  const principal = identify(call, endpoint.row, context)
  const { caller, access } = principal instanceof Promise ? await principal : principal
  call.caller = caller
  call.access = access
  call.id = inPlaceOf(call.id, caller.tenantId)
  endpoint.requireType(headers)
  const policy = readDisconnectPolicy(headers, config.onDisconnect)
  const admitted = await admit(call, endpoint, { caller, access }, policy, context)
  using tail = call.tail
  if (admitted === null || tail === null) return
  if (!admitted.ok) {
    answerError(call, admitted.error, context)
    return
  }
  const { session } = endpoint
  if (session && (await session.answer(call, admitted.id, context))) return
  if (admitted.attached) {
    tail[Symbol.dispose]()
    await answerAttached(call, admitted.id, policy, context)
    return
  }
  call.accepted = true
  call.policy = policyOf(call, policy)
  if (call.departure !== null) return
  await (call.stream ? streamAnswer(call, tail, context) : plainAnswer(call, tail, context))
  if (call.isUnanswered) throw new GatewayError(ingressErrors.log_lost)
}

/** Null when nobody waits for it any more. What the call came with is not kept while its answer is shown. */
async function admit(
  call: Call,
  endpoint: Endpoint,
  { caller, access }: Principal,
  policy: DisconnectPolicy,
  context: IngressContext,
): Promise<Admitted | null> {
  const { generations } = context
  const { request } = call
  const { headers } = request
  const repetition = readRepetition(headers)
  const received = await readBody(request, bodyLimit(call.access, context.config.maxInferenceBytes))
  call.bytesIn = received.length
  const asked = await endpoint.read(received, headers['content-type'] ?? '')
  const { summary } = asked
  call.model = summary.model
  call.stream = summary.stream
  call.adapted = asked.adapted ?? []
  requireModel(caller, summary.model)
  const json = () => summary.json ?? (JSON.parse(asked.body.toString()) as unknown)
  const attach = repetition && attachOf(repetition, endpoint.route, caller, json())
  call.reportsDelivery = attach?.kind === 'retry'

  // A client that gave up while this process stood still has its close in the socket, behind the request. It is not started.
  if (context.calls.thawing) await sleep(context.clock, closeIsSeenMs)
  if (call.departure !== null) return null
  const { session } = endpoint
  const { asked: unbudgeted, budgetNanoUsd } = readRequestBudget(asked, headers)
  const begun = session ? await session.begin(call, unbudgeted, caller, context) : unbudgeted
  const accepted = generationRequest(call, endpoint, caller, begun, policyOf(call, policy), context)
  // Of the body as it came: what `session.begin` puts in was said in earlier calls.
  const turns = context.config.keepConversations ? askedTurns(accepted, summary.json) : undefined
  const admission = {
    request: accepted,
    body: begun.body,
    attach,
    ...(turns && { asked: turns }),
  }
  // Opened before the generation exists, so that no entry can be missed.
  const tail = generations.tail(call.id, { after: null, fresh: true })
  call.tail = tail
  try {
    return await admitWithin(admission, { caller, access, budgetNanoUsd }, call, context)
  } catch (problem) {
    tail[Symbol.dispose]()
    throw problem
  }
}

function policyOf(call: Call, policy: DisconnectPolicy): DisconnectPolicy {
  return call.background ? backgroundPolicy : policy
}

/** Enough turns of the event loop to read the close that follows a request. */
const closeIsSeenMs = 5

const hasFiles = ({ needs, documents = false }: CallSummary) =>
  documents || needs.includes('images') || needs.includes('audio')

function generationRequest(
  call: Call,
  { operation, dialect }: Endpoint,
  caller: Caller,
  { summary, contentType, body }: Asked,
  policy: DisconnectPolicy,
  { config, clock }: IngressContext,
): GenerationRequest {
  const headers: IncomingHttpHeaders = call.request.headers
  const acceptedAt = clock.now()
  const isForm = contentType !== jsonType
  return {
    id: call.id,
    caller,
    operation,
    wire: dialect.name,
    model: summary.model,
    stream: summary.stream,
    includeUsage: summary.includeUsage,
    needs: [...summary.needs],
    documents: summary.documents === true,
    // Files are counted by what is in them, not by their length.
    inputTokens: hasFiles(summary) || isForm ? 0 : estimateTokens(body.length),
    maxTokens: summary.maxTokens,
    group: groupOf(headers, summary),
    contentType,
    headers: forwardableHeaders(headers),
    clientRequestId: call.clientRequestId,
    traceparent: traceparent(headers),
    onDisconnect: policy.afterHead,
    acceptedAt,
    deadlineAt: acceptedAt + config.deadlineMs,
  }
}
