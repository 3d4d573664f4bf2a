import { defineErrors } from '@sluice/kernel/errors'

export const routerErrors = defineErrors({
  capability_missing: {
    status: 400,
    retryable: false,
    title: 'The model does not offer what the call takes',
  },
  model_not_found: { status: 404, retryable: false, title: 'No such model' },
  row_invalid: { status: 400, retryable: false, title: 'The row cannot be used as it is' },
  row_not_found: { status: 404, retryable: false, title: 'There is no such row' },
  /** It is written in the configuration file or the environment, and changed there. */
  row_read_only: {
    status: 409,
    retryable: false,
    title: 'This row is owned by the configuration file or the environment',
  },
  name_taken: { status: 409, retryable: false, title: 'Another row has this name' },
  too_many_rows: { status: 409, retryable: false, title: 'As many rows as may be are there' },
  changed_meanwhile: {
    status: 409,
    retryable: true,
    title: 'Somebody else changed the same rows at the same time',
  },
  rows_unavailable: {
    status: 503,
    retryable: true,
    title: 'The rows of the database are not known at the moment',
  },
  encryption_key_missing: {
    status: 503,
    retryable: false,
    title: 'Credentials are not stored without ENCRYPTION_KEY and ENCRYPTION_KEY_ID',
  },
})
