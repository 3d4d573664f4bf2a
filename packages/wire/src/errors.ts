import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { defineErrors, type ErrorDefinition } from '@sluice/kernel/errors'

/** What can go wrong between us and a provider, in the words every dialect maps to its own. */
export const wireErrors = defineErrors({
  invalid_request: { status: 400, retryable: false, title: 'The request is not valid' },
  model_not_found: { status: 404, retryable: false, title: 'The provider has no such model' },
  request_too_large: {
    status: 413,
    retryable: false,
    title: 'The request is too large for the provider',
  },
  rate_limit_exceeded: {
    status: 429,
    retryable: true,
    title: "The provider's rate limit is reached",
  },
  wire_unsupported: {
    status: 501,
    retryable: false,
    title: 'This provider cannot answer in the dialect of the call',
  },
  operation_unsupported: {
    status: 501,
    retryable: false,
    title: 'The provider of this model has no such operation',
  },
  upstream_error: {
    status: 502,
    retryable: true,
    title: 'The provider failed or answered with something unreadable',
  },
  upstream_auth: {
    status: 502,
    retryable: false,
    title: "The provider refused the gateway's credential",
  },
  wire_event_too_large: {
    status: 502,
    retryable: false,
    title: 'The provider sent more in one piece than is accepted',
  },
  upstream_quota: {
    status: 503,
    retryable: false,
    title: "The gateway's quota at the provider is spent",
  },
  server_is_overloaded: {
    status: 503,
    retryable: true,
    title: 'The provider has no capacity right now',
  },
  upstream_timeout: {
    status: 504,
    retryable: true,
    title: 'The provider did not answer in time',
  },
})

/** Nobody answered at its address, or no name leads there. */
export const upstreamUnreachable: ErrorDefinition = Object.freeze({
  ...wireErrors.upstream_error,
  title: 'The provider could not be reached',
})

/** An entry of the table as it crosses the bus. */
export function generationError(
  { code, status, retryable, title }: ErrorDefinition,
  message = title,
  extra: Partial<GenerationError> = {},
): GenerationError {
  return { code, status, message, retryable, ...extra }
}
