import { defineErrors } from '@sluice/kernel/errors'

export const authErrors = defineErrors({
  /** Not a verdict: whether the credential is good is not known. */
  identity_unavailable: {
    status: 503,
    retryable: true,
    title: 'The credential cannot be checked while the database is away',
  },
})
