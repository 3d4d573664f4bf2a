import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { fromUnknown, GatewayError, toGenerationError } from '@sluice/kernel/errors'
import {
  anthropicMessages,
  countableInput,
  encodeCountTokensReply,
  parseCountTokensRequest,
} from '@sluice/wire-anthropic-messages'
import type { IngressContext } from '../context.ts'
import { ingressErrors } from '../errors.ts'
import { authenticate } from './authenticate.ts'
import { pathsOf } from './endpoints.ts'
import { requireModel } from './model-access.ts'
import { readBody, requireJson } from './read-body.ts'
import { isTls, securityHeaders, strictTransport } from './response-headers.ts'
import { sendError } from './send-error.ts'

export const countTokensRoute = '/v1/messages/count_tokens'
export const countTokensPaths = pathsOf({ route: countTokensRoute })

const paths = new Set(countTokensPaths.flatMap((path) => [path, `${path}/`]))

export function isCountTokens(url: string): boolean {
  const query = url.indexOf('?')
  return paths.has(query === -1 ? url : url.slice(0, query))
}

/**
 * `POST /v1/messages/count_tokens`: how many tokens a call would read. No generation, no reservation, no usage row. Counted here, with a tokenizer
 * that is near those of most models, and marked as an estimate.
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
    count(request, context).then(
      (tokens) => {
        answer(response, tokens, headers)
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

async function count(request: IncomingMessage, context: IngressContext): Promise<number> {
  const { config, verdicts, tokens } = context
  if (!context.serving()) throw new GatewayError(ingressErrors.server_is_overloaded)
  const caller = await authenticate(request.headers, verdicts)
  requireJson(request.headers)
  const body = await readBody(request, config.maxInferenceBytes)
  const { model } = parseCountTokensRequest(body)
  requireModel(caller, model)
  const input = countableInput(body)
  return input.tokens + (await tokens.count(input.texts))
}

function answer(response: ServerResponse, tokens: number, headers: Record<string, string>): void {
  const body = encodeCountTokensReply(tokens)
  response.writeHead(200, {
    ...headers,
    'x-gateway-estimated': 'true',
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}
