import { defineErrors } from '@sluice/kernel/errors'

/** All of them are the caller's: the address is theirs. The texts name no address that a name resolved to. */
export const outboundErrors = defineErrors({
  outbound_refused: {
    status: 400,
    retryable: false,
    title: 'The gateway does not fetch from this address',
  },
  outbound_failed: { status: 400, retryable: false, title: 'The address could not be fetched' },
  outbound_too_large: {
    status: 400,
    retryable: false,
    title: 'What the address answered is larger than the gateway takes',
  },
  outbound_timeout: { status: 400, retryable: false, title: 'The address did not answer in time' },
})
