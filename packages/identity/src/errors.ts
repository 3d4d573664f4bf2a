import { defineErrors } from '@sluice/kernel/errors'

export const identityErrors = defineErrors({
  /** Never a 401: the caller would take its good key for a bad one. */
  auth_unavailable: {
    status: 503,
    retryable: true,
    title: 'The credential cannot be checked at the moment',
  },
})
