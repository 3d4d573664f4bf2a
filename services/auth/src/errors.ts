import { defineErrors, GatewayError } from '@sluice/kernel/errors'

export const authErrors = defineErrors({
  /** Also for what belongs to another tenant or another user: neither says which. */
  resource_not_found: {
    status: 404,
    retryable: false,
    title: 'There is nothing of this name here',
  },
  already_exists: { status: 409, retryable: false, title: 'There is one of this name already' },
  /** Written by the configuration or by a licence, or over for good. */
  not_editable: { status: 409, retryable: false, title: 'This cannot be changed here' },
  limit_reached: { status: 403, retryable: false, title: 'There is no room for one more' },
  licence_invalid: { status: 400, retryable: false, title: 'The licence is not valid' },
  tiers_not_monotone: {
    status: 400,
    retryable: false,
    title: 'A higher tier may not have less than a lower one',
  },
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
