import { defineErrors } from '@sluice/kernel/errors'

export const icebergErrors = defineErrors({
  table_missing: { status: 404, retryable: false, title: 'The table is not there' },
  table_exists: { status: 409, retryable: false, title: 'The table is there already' },
  storage_unsupported: {
    status: 501,
    retryable: false,
    title: 'Tables are read here from folders only',
  },
  table_unreadable: { status: 500, retryable: false, title: 'The table’s metadata cannot be read' },
  commit_conflict: {
    status: 409,
    retryable: true,
    title: 'Others kept changing the table while this change was made',
  },
  row_invalid: { status: 500, retryable: false, title: 'A row is not what its schema says' },
  schema_incompatible: {
    status: 409,
    retryable: false,
    title: 'The table has a column of another type',
  },
})
