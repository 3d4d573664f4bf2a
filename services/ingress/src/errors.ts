import { defineErrors } from '@sluice/kernel/errors'

export const ingressErrors = defineErrors({
  invalid_header: { status: 400, retryable: false, title: 'A request header is not valid' },
  invalid_cursor: {
    status: 400,
    retryable: false,
    title: 'The place to go on from is not the id of an event',
  },
  unsupported_dialect: {
    status: 400,
    retryable: false,
    title: 'A stream can be read in the dialect of its call only',
  },
  previous_response_not_found: {
    status: 400,
    retryable: false,
    title: 'There is no such response to go on from',
  },
  not_in_background: {
    status: 400,
    retryable: false,
    title: 'Cannot cancel a synchronous response.',
  },
  not_streamed: {
    status: 400,
    retryable: false,
    title: 'Only a response that was created with stream=true can be streamed',
  },
  invalid_url: { status: 400, retryable: false, title: 'The address of the request is not valid' },
  invalid_api_key: {
    status: 401,
    retryable: false,
    title:
      'No valid API key was given. Send it as "Authorization: Bearer <key>", "x-api-key" or "api-key".',
  },
  /** Of the call itself, 402, or of a policy, 429: see docs/operations/limits.md. */
  budget_exceeded: { status: 429, retryable: true, title: 'The budget is spent' },
  rate_limit_exceeded: { status: 429, retryable: true, title: 'Too many calls, try again later' },
  limit_too_small: {
    status: 400,
    retryable: false,
    title: 'The call asks for more than a limit of this key ever allows',
  },
  invalid_budget: { status: 400, retryable: false, title: 'The budget is not an amount of USD' },
  permission_denied: { status: 403, retryable: false, title: 'This API key may not do that' },
  /** Never read by the page that caused it: its browser does not let it. */
  cross_site_request: {
    status: 403,
    retryable: false,
    title: 'A call that is authenticated by cookie must come from a page of the gateway itself',
  },
  csrf_token_required: {
    status: 403,
    retryable: false,
    title: 'A call that is authenticated by cookie must carry its csrf_token as x-csrf-token',
  },
  resource_not_found: { status: 404, retryable: false, title: 'There is nothing at this address' },
  /** Also for what belongs to another key: neither says which. */
  generation_not_found: { status: 404, retryable: false, title: 'There is no such generation' },
  response_not_found: { status: 404, retryable: false, title: 'There is no such response' },
  model_not_found: { status: 404, retryable: false, title: 'No such model' },
  method_not_allowed: { status: 405, retryable: false, title: 'Wrong method for this address' },
  cursor_expired: {
    status: 410,
    retryable: false,
    title: 'The answer is not kept any more: there is nothing to go on from',
  },
  request_too_large: { status: 413, retryable: false, title: 'The request body is too large' },
  uri_too_long: { status: 414, retryable: false, title: 'The address of the request is too long' },
  unsupported_media_type: {
    status: 415,
    retryable: false,
    title: 'The request body must be JSON (content-type: application/json)',
  },
  /** Never seen by the client that caused it: it is gone. */
  client_disconnected: { status: 499, retryable: false, title: 'The client closed the connection' },
  /** How the answer ended is unknown: the log cannot be read any more. */
  log_lost: {
    status: 503,
    retryable: true,
    title: 'The gateway lost sight of this answer before it ended',
  },
  server_is_overloaded: {
    status: 503,
    retryable: true,
    title: 'The gateway is starting or shutting down, try again shortly',
  },
})
