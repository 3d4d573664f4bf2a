import { defineErrors } from '@sluice/kernel/errors'

export const eventLogErrors = defineErrors({
  /** Nobody ran the admin step that creates topics (`sluice topics apply`). */
  unknown_topic: {
    status: 500,
    retryable: false,
    title: 'A topic the gateway uses does not exist',
  },
  /** Too large, or against a rule of the topic: a repeat is refused again. */
  event_refused: {
    status: 500,
    retryable: false,
    title: 'The event log does not take this event',
  },
})
