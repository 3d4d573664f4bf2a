import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { wireErrors } from '@sluice/wire/errors'

/**
 * The body OpenAI's SDKs expect: `{"error":{"message","type","param","code"}}`. From 500 on the request id is part of the message, as it is in
 * OpenAI's own: it is all a caller can quote.
 */
export function encodeError(error: GenerationError, requestId: string): string {
  const ours = error.status >= 500
  return JSON.stringify({
    error: {
      message: ours ? `${error.message} (request id ${requestId})` : error.message,
      type: error.type ?? typeOf(error),
      param: error.param ?? null,
      code: error.code === wireErrors.invalid_request.code ? null : error.code,
    },
  })
}

function typeOf({ status, code }: GenerationError): string {
  if (code === 'insufficient_quota') return 'insufficient_quota'
  if (status === 429) return 'rate_limit_error'
  if (status === 503) return 'service_unavailable_error'
  return status < 500 ? 'invalid_request_error' : 'api_error'
}
