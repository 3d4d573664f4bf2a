import { defineErrors } from '@sluice/kernel/errors'

export const flinkErrors = defineErrors({
  flink_unavailable: {
    status: 503,
    retryable: false,
    title: 'Flink cannot be run here: it takes a JDK 17 or newer, and Maven to fetch its jars',
  },
  lake_unavailable: {
    status: 503,
    retryable: true,
    title: 'The catalogue of the lake did not do what it was asked for',
  },
  lake_refused: { status: 409, retryable: false, title: 'The lake is left as it is' },
  lake_needs_restore_point: {
    status: 409,
    retryable: false,
    title:
      'There is no checkpoint or savepoint to go on from, and the tables have rows: a start from nothing would read every topic again. Bring the folder of the last run, or say --from-scratch.',
  },
  lake_is_running: {
    status: 409,
    retryable: false,
    title: 'The job of this folder runs already',
  },
  lake_is_not_running: {
    status: 409,
    retryable: false,
    title: 'No job of this folder runs',
  },
  lake_job_failed: { status: 500, retryable: false, title: 'The Flink job did not start' },
})
