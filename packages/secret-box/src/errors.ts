import { defineErrors } from '@sluice/kernel/errors'

export const secretErrors = defineErrors({
  secret_unreadable: {
    status: 500,
    retryable: false,
    title: 'A stored credential cannot be decrypted',
  },
})
