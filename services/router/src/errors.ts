import { defineErrors } from '@sluice/kernel/errors'

export const routerErrors = defineErrors({
  model_not_found: { status: 404, retryable: false, title: 'No such model' },
})
