import type { IncomingHttpHeaders, RequestListener } from 'node:http'
import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { Caller } from '@sluice/contracts/caller'
import { sleep } from '@sluice/kernel/clock'
import { fromUnknown, GatewayError, toGenerationError } from '@sluice/kernel/errors'
import { type ChatRequestSummary, parseChatRequest } from '@sluice/wire-openai-chat'
import { Call } from './call.ts'
import type { IngressContext } from '../context.ts'
import { ingressErrors } from '../errors.ts'
import { answerError } from './answer-error.ts'
import { authenticate } from './authenticate.ts'
import { forwardableHeaders, traceparent } from './caller-headers.ts'
import { type DisconnectPolicy, readDisconnectPolicy } from './disconnect-policy.ts'
import { requireModel } from './model-access.ts'
import { plainAnswer } from './plain-answer.ts'
import { readBody, requireJson } from './read-body.ts'
import { streamAnswer } from './stream-answer.ts'

const route = '/v1/chat/completions'

/** The hot path: a plain `node:http` handler, matched before Express. */
export function createChatCompletions(context: IngressContext): RequestListener {
  const { clock, calls, events } = context
  const onOver = (call: Call) => {
    calls.delete(call)
    events.callEnded(route, call)
  }
  return (request, response) => {
    const id = context.newRequestId(clock.now())
    const call = new Call(id, request, response, clock.monotonic(), onOver)
    calls.add(call)
    void serve(call, context)
  }
}

async function serve(call: Call, context: IngressContext): Promise<void> {
  try {
    await answer(call, context)
  } catch (thrown) {
    fail(call, thrown, context)
  }
  call.answered()
}

async function answer(call: Call, context: IngressContext): Promise<void> {
  const { config, generations, clock } = context
  const { headers } = call.request
  if (!context.serving()) {
    call.response.shouldKeepAlive = false
    throw new GatewayError(ingressErrors.server_is_overloaded)
  }

  const caller = await authenticate(headers, context.verdicts)
  call.caller = caller
  requireJson(headers)
  const policy = readDisconnectPolicy(headers)
  const body = await readBody(call.request, config.maxInferenceBytes)
  call.bytesIn = body.length
  const chat = parseChatRequest(body)
  call.model = chat.model
  call.stream = chat.stream
  requireModel(caller, chat.model)

  // A client that gave up while this process stood still has its close in the socket, behind the request. It is not started.
  if (context.calls.thawing) await sleep(clock, closeIsSeenMs)
  if (call.departure !== null) return

  // Opened before the generation exists, so that no entry can be missed.
  using tail = generations.tail(call.id, { after: null, fresh: true })
  call.tail = tail
  const request = generationRequest(call, caller, chat, policy, context)
  const admitted = await generations.admit({ request, body })
  if (!admitted.ok) {
    answerError(call, admitted.error, context)
    return
  }
  call.accepted = true
  if (call.departure === null) {
    await (chat.stream ? streamAnswer(call, tail, context) : plainAnswer(call, tail, context))
  }
  if (call.departure !== null) await leave(call, policy, context)
  else if (call.terminal === null) throw new GatewayError(ingressErrors.log_lost)
}

/** Enough turns of the event loop to read the close that follows a request. */
const closeIsSeenMs = 5

function generationRequest(
  call: Call,
  caller: Caller,
  chat: ChatRequestSummary,
  policy: DisconnectPolicy,
  { config, clock }: IngressContext,
): GenerationRequest {
  const headers: IncomingHttpHeaders = call.request.headers
  const acceptedAt = clock.now()
  return {
    id: call.id,
    caller,
    operation: 'chat',
    wire: 'openai-chat',
    model: chat.model,
    stream: chat.stream,
    includeUsage: chat.includeUsage,
    headers: forwardableHeaders(headers),
    clientRequestId: call.clientRequestId,
    traceparent: traceparent(headers),
    onDisconnect: policy.afterHead,
    acceptedAt,
    deadlineAt: acceptedAt + config.deadlineMs,
  }
}

/** Nobody reads the answer any more. Its generation ends, waits for a while, or goes on: by what the call had said, and by who left. */
async function leave(
  call: Call,
  policy: DisconnectPolicy,
  { departed }: IngressContext,
): Promise<void> {
  // Ended already, or left alone on purpose: it lives on in another process.
  if (call.terminal !== null || call.departure === 'drained') return
  const wish = call.response.headersSent ? policy.afterHead : policy.beforeHead
  // It was us who cut a slow reader off: it may come back for the rest.
  const mayComeBack = call.departure === 'stalled' && wish === 'cancel'
  await departed.add(call.id, mayComeBack ? 'grace' : wish)
}

/** Before the response head an error has its status. After it the state of the answer is unknown: the client must not see a clean end. */
function fail(call: Call, thrown: unknown, context: IngressContext): void {
  const error = fromUnknown(thrown)
  if (error.status === 500) {
    context.logger.error({ err: error, request_id: call.id }, 'inference call failed')
  }
  call.error = toGenerationError(error)
  if (!call.response.headersSent) answerError(call, call.error, context)
  else call.cut('log_lost')
}
