import { defineErrors } from '@sluice/kernel/errors'

export const workQueueErrors = defineErrors({
  /** Nobody took the request, or whoever took it did not answer in time; it may still have been carried out. */
  no_answer: {
    status: 503,
    retryable: true,
    title: 'A part of the gateway did not answer in time',
  },
  /** A request or reply does not fit the contract: two versions of a service disagree, or one has a bug. */
  contract_mismatch: {
    status: 500,
    retryable: false,
    title: 'Two parts of the gateway disagree about a message',
  },
})
