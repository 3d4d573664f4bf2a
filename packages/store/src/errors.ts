import { defineErrors } from '@sluice/kernel/errors'

export const storeErrors = defineErrors({
  /** What was given can never be stored: repeating it is of no use. */
  values_refused: {
    status: 500,
    retryable: false,
    title: 'A record holds a value that cannot be stored',
  },
})
