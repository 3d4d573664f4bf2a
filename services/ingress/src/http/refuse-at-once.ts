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

/** Of who is not in `IP_ALLOWLIST`. */
export function foreignAddress(): GatewayError {
  const message = 'This gateway may not be used from this address'
  return new GatewayError(ingressErrors.permission_denied, message)
}

/** Answers what is refused whatever it wants, before any route is looked for. */
export function refuseAtOnce(
  request: IncomingMessage,
  response: ServerResponse,
  error: GatewayError,
  { clock, events, newRequestId }: IngressContext,
): void {
  const startedAt = clock.monotonic()
  const requestId = newRequestId(clock.now())
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
      route: 'refused',
      requestId,
      method,
      status: error.status,
      startedAt,
      probe: false,
    })
  })
}
