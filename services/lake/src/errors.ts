import { defineErrors } from '@sluice/kernel/errors'

export const lakeServiceErrors = defineErrors({
  conversation_not_found: { status: 404, retryable: false, title: 'There is no such conversation' },
  generation_not_found: { status: 404, retryable: false, title: 'There is no such generation' },
})
