import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { wireErrors } from '@sluice/wire/errors'

const overloadedStatus = 529

/** Anthropic's clients know an overload by a status of its own. */
export function errorStatus({ status, code }: GenerationError): number {
  return status === 503 && code !== wireErrors.upstream_quota.code ? overloadedStatus : status
}

/** `{"type":"error","error":{"type","message"},"request_id"}`: as a body, and as the payload of an event. */
export function encodeError(error: GenerationError, requestId: string): string {
  return JSON.stringify({
    type: 'error',
    error: { type: typeOf(error), message: error.message },
    request_id: requestId,
  })
}

/** The last event of a stream that failed; what Anthropic itself said is said again as it was. */
export function encodeErrorEvent(error: GenerationError, requestId: string): string {
  const said = error.verbatim?.wire === 'anthropic-messages' ? error.verbatim.body : null
  return said?.startsWith('{"type":"error"') === true && !said.includes('\n')
    ? said
    : encodeError(error, requestId)
}

const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  408: 'timeout_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

function typeOf({ status, code }: GenerationError): string {
  if (code === wireErrors.upstream_quota.code) return 'api_error'
  return types[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error')
}
