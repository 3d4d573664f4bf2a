import { defineErrors } from '@sluice/kernel/errors'

export const routerErrors = defineErrors({
  capability_missing: {
    status: 400,
    retryable: false,
    title: 'The model does not offer what the call takes',
  },
  model_not_found: { status: 404, retryable: false, title: 'No such model' },
})
