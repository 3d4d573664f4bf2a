import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { RouteTarget } from '@sluice/contracts/generation/route-plan'
import { countTokensRow } from '@sluice/contracts/http/routes/edge'
import { countTokens } from '@sluice/contracts/rpc/provider-adapter'
import { findTarget } from '@sluice/contracts/rpc/router'
import { fromUnknown, GatewayError, messageOf, toGenerationError } from '@sluice/kernel/errors'
import {
  anthropicMessages,
  countableInput,
  encodeCountTokensReply,
  parseCountTokensRequest,
} from '@sluice/wire-anthropic-messages'
import { callRpc } from '@sluice/work-queue/rpc'
import type { z } from 'zod'
import type { IngressContext } from '../context.ts'
import { ingressErrors } from '../errors.ts'
import type { Exchange } from './authenticate.ts'
import { forwardableHeaders } from './caller-headers.ts'
import { pathsOf } from './endpoints.ts'
import { requireModel } from './model-access.ts'
import { bodyLimit, identify } from './permit.ts'
import { readBody, requireJson } from './read-body.ts'
import { isTls, securityHeaders, strictTransport } from './response-headers.ts'
import { sendError } from './send-error.ts'

const countTokensRoute = countTokensRow.path
const paths = new Set(pathsOf(countTokensRow).flatMap((path) => [path, `${path}/`]))

export function isCountTokens(url: string): boolean {
  const query = url.indexOf('?')
  return paths.has(query === -1 ? url : url.slice(0, query))
}

/**
 * `POST /v1/messages/count_tokens`: how many tokens a call would read. No generation, no reservation, no usage row. Anthropic and Gemini count by
 * themselves; for the others a tokenizer that is near those of most models does, and the answer says that it is an estimate.
 */
export function createCountTokens(context: IngressContext): RequestListener {
  const { clock, config, events, logger } = context
  return (request, response) => {
    const startedAt = clock.monotonic()
    const requestId = context.newRequestId(clock.now())
    const headers: Record<string, string> = {
      ...securityHeaders,
      'x-request-id': requestId,
      'request-id': requestId,
    }
    if (config.publicTls || isTls(request)) headers['strict-transport-security'] = strictTransport
    response.once('close', () => {
      const { statusCode: status } = response
      events.requestEnded({
        route: countTokensRoute,
        requestId,
        method: 'POST',
        status,
        startedAt,
        probe: false,
      })
    })
    count({ request, response, id: requestId }, context).then(
      (counted) => {
        answer(response, counted, headers)
      },
      (problem: unknown) => {
        const error = fromUnknown(problem)
        if (error.status === 500) {
          logger.error({ err: error, request_id: requestId }, 'request failed')
        }
        if (response.destroyed) return
        sendError(request, response, toGenerationError(error), {
          requestId,
          headers,
          clock,
          dialect: anthropicMessages,
        })
      },
    )
  }
}

interface Count {
  readonly tokens: number
  readonly estimated: boolean
}

async function count(exchange: Exchange, context: IngressContext): Promise<Count> {
  const { config, tokens } = context
  const { request } = exchange
  if (!context.serving()) throw new GatewayError(ingressErrors.server_is_overloaded)
  const { caller, access } = await identify(exchange, countTokensRow, context)
  requireJson(request.headers)
  const body = await readBody(request, bodyLimit(access, config.maxInferenceBytes))
  const { model } = parseCountTokensRequest(body)
  requireModel(caller, model)
  const { models, tenantId } = caller
  const asked = { model, wire: anthropicMessages.name, models, tenantId }
  const target = await targetOf(asked, context)
  const counted = target && (await askProvider({ target, tenantId, body }, request, context))
  if (counted !== null) return { tokens: counted, estimated: false }
  const input = countableInput(body)
  return { tokens: input.tokens + (await tokens.count(input.texts)), estimated: true }
}

const routeTimeoutMs = 2_000
const providerTimeoutMs = 5_000
/** A larger body is not worth its way through the bus for a count. */
const maxAskedBytes = 2_097_152
/** Wires whose providers count. */
const counting: readonly string[] = ['anthropic-messages', 'gemini']

/** Null while the router is away: an estimate needs no target. */
async function targetOf(
  asked: z.infer<typeof findTarget.request>,
  { queue }: IngressContext,
): Promise<RouteTarget | null> {
  try {
    return (await callRpc(queue, findTarget, asked, { timeoutMs: routeTimeoutMs })).target
  } catch (problem) {
    if (fromUnknown(problem).retryable) return null
    throw problem
  }
}

async function askProvider(
  asked: { readonly target: RouteTarget; readonly tenantId: string; readonly body: Buffer },
  { headers }: IncomingMessage,
  { queue, logger }: IngressContext,
): Promise<number | null> {
  const { target, tenantId, body } = asked
  if (!counting.includes(target.wire) || body.length > maxAskedBytes) return null
  const call = {
    target,
    tenantId,
    body: body.toString('base64'),
    headers: forwardableHeaders(headers),
  }
  try {
    return (await callRpc(queue, countTokens, call, { timeoutMs: providerTimeoutMs })).tokens
  } catch (problem) {
    logger.warn({ problem: messageOf(problem) }, 'no provider-adapter counts tokens')
    return null
  }
}

function answer(
  response: ServerResponse,
  { tokens, estimated }: Count,
  headers: Record<string, string>,
): void {
  const body = encodeCountTokensReply(tokens)
  response.writeHead(200, {
    ...headers,
    ...(estimated ? { 'x-gateway-estimated': 'true' } : {}),
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}
