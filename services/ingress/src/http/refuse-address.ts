import type { IncomingMessage, ServerResponse } from 'node:http'
import { healthRow, readyRow } from '@sluice/contracts/http/routes/edge'
import { GatewayError, toGenerationError } from '@sluice/kernel/errors'
import type { IngressContext } from '../context.ts'
import { ingressErrors } from '../errors.ts'
import { dialectOfRequest } from './dialects.ts'
import { securityHeaders } from './response-headers.ts'
import { sendError } from './send-error.ts'

const probes = new Set(
  [healthRow, readyRow].flatMap(({ path, aliases = [] }) => [path, ...aliases]),
)

/** Balancers ask from addresses that no caller has, and learn nothing but whether somebody is there. */
export function isProbe({ method, url = '' }: IncomingMessage): boolean {
  return method === 'GET' && probes.has(url)
}

/** Answers who is not in `IP_ALLOWLIST`, whatever it wants. */
export function refuseAddress(
  request: IncomingMessage,
  response: ServerResponse,
  { clock, events, newRequestId }: IngressContext,
): void {
  const startedAt = clock.monotonic()
  const requestId = newRequestId(clock.now())
  const message = 'This gateway may not be used from this address'
  const error = new GatewayError(ingressErrors.permission_denied, message)
  const headers = { ...securityHeaders, 'x-request-id': requestId, 'request-id': requestId }
  sendError(request, response, toGenerationError(error), {
    requestId,
    headers,
    clock,
    dialect: dialectOfRequest(request),
  })
  response.once('close', () => {
    const { method = '' } = request
    events.requestEnded({
      route: 'refused-address',
      requestId,
      method,
      status: 403,
      startedAt,
      probe: false,
    })
  })
}
