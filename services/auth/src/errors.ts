import { defineErrors, GatewayError } from '@sluice/kernel/errors'

const authErrors = defineErrors({
  /** Not a verdict: whether a credential is good is not known. */
  identity_unavailable: {
    status: 503,
    retryable: true,
    title: 'Credentials cannot be checked while the database is away',
  },
})

export function identityUnavailable(cause: unknown): GatewayError {
  return new GatewayError(authErrors.identity_unavailable, undefined, {
    cause,
    retryAfterMs: 1_000,
  })
}
