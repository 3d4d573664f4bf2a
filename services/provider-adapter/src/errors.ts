import { defineErrors } from '@sluice/kernel/errors'

export const providerAdapterErrors = defineErrors({
  shutting_down: {
    status: 503,
    retryable: true,
    title: 'The gateway process that ran this request is shutting down',
  },
  provider_unknown: {
    status: 503,
    retryable: true,
    title: 'The provider of this route is not configured in this provider-adapter',
  },
  provider_unusable: {
    status: 503,
    retryable: true,
    title: 'The row of this provider cannot be used as it is',
  },
  media_unusable: {
    status: 400,
    retryable: false,
    title: 'A file that a message names by its address cannot be used',
  },
  provider_full: {
    status: 429,
    retryable: true,
    title: 'As many calls as may be are under way at the provider of this model',
  },
  circuit_open: {
    status: 503,
    retryable: true,
    title: 'The provider of this model has failed repeatedly and is left alone for a while',
  },
  upstream_reply_too_large: {
    status: 502,
    retryable: false,
    title: "The provider's reply is larger than the gateway takes",
  },
  log_lost: {
    status: 503,
    retryable: true,
    title: 'The log of this answer was lost while it was written',
  },
})
