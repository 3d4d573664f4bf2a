import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { generationError, wireErrors } from './errors.ts'

/**
 * What an HTTP status of a provider means, for every provider that has no finer code. Errors that concern the request keep the provider's own
 * words: clients match on them. Errors that concern our credential, our rate or our quota get ours: the provider's text names organisations and
 * parts of keys. Without a message (null) it was not the provider's API that answered: a proxy in between, or a wrong address.
 */
export function errorOfStatus(
  status: number,
  message: string | null,
  retryAfterMs?: number,
): GenerationError {
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
  switch (status) {
    case 401:
    case 403:
      return generationError(wireErrors.upstream_auth)
    case 402:
      return generationError(wireErrors.upstream_quota)
    case 408:
    case 504:
      return generationError(wireErrors.upstream_timeout)
    case 429:
      return generationError(wireErrors.rate_limit_exceeded, undefined, wait)
    case 503:
    case 529:
      return generationError(wireErrors.server_is_overloaded, message ?? undefined, wait)
    default:
  }
  if (message === null) {
    const text = `The provider answered ${String(status)} without a readable error`
    return generationError(wireErrors.upstream_error, text, wait)
  }
  switch (status) {
    case 400:
    case 422:
      return ofRequest(generationError(wireErrors.invalid_request, message))
    case 404:
      return ofRequest(generationError(wireErrors.model_not_found, message))
    case 413:
      return ofRequest(generationError(wireErrors.request_too_large, message))
    default: {
      const retryable = status >= 500 || status === 409
      return generationError(wireErrors.upstream_error, message, { ...wait, retryable })
    }
  }
}

function ofRequest(error: GenerationError): GenerationError {
  return { ...error, type: 'invalid_request_error' }
}
