import { defineErrors } from '@sluice/kernel/errors'

export const agentErrors = defineErrors({
  response_in_progress: {
    status: 400,
    retryable: false,
    title: 'The response has not ended yet: there is nothing to go on from',
  },
})
