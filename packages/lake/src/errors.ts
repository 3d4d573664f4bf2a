import { defineErrors } from '@sluice/kernel/errors'

export const lakeErrors = defineErrors({
  lake_in_use: { status: 409, retryable: true, title: 'Another process writes this lake' },
  lake_elsewhere: {
    status: 501,
    retryable: false,
    title: 'Conversations of this installation are where they cannot be read from here',
  },
  lake_unreadable: { status: 503, retryable: true, title: 'The lake cannot be read at the moment' },
  lake_behind: {
    status: 503,
    retryable: true,
    title: 'Too much is in the event log and in no table yet',
  },
  lake_moved_on: {
    status: 409,
    retryable: true,
    title: 'Another process has written these events meanwhile',
  },
})
