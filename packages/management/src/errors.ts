import { defineErrors } from '@sluice/kernel/errors'

export const managementErrors = defineErrors({
  invalid_request: { status: 400, retryable: false, title: 'The request is not valid' },
  invalid_api_key: { status: 401, retryable: false, title: 'This needs a valid credential' },
  permission_denied: { status: 403, retryable: false, title: 'This credential may not do that' },
  feature_not_licensed: {
    status: 403,
    retryable: false,
    title: 'The licence of this tenant does not include that',
  },
  /** The edge has a key and the owner of the route has not, or another one. */
  bus_key_missing: {
    status: 503,
    retryable: false,
    title: 'ENCRYPTION_KEY is not the same in every process of the gateway',
  },
  /** The edge is of a version that knows more routes than their owner. */
  route_unknown: {
    status: 503,
    retryable: true,
    title: 'The part of the gateway that answers this is of another version, try again shortly',
  },
})
