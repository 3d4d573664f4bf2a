import { defineErrors } from '@sluice/kernel/errors'

export const usageErrors = defineErrors({
  /** Also for what belongs to another tenant, or to somebody whose money the caller does not see. */
  resource_not_found: {
    status: 404,
    retryable: false,
    title: 'There is nothing of this name here',
  },
})
