import { defineErrors } from '@sluice/kernel/errors'

/** Ends and refusals that the back end itself decides. Titles reach callers. */
export const generationErrors = defineErrors({
  server_is_overloaded: {
    status: 503,
    retryable: true,
    title: 'The gateway is overloaded, try again shortly',
  },
  rate_limit_exceeded: { status: 429, retryable: true, title: 'A limit of this key is reached' },
  tenant_queue_full: {
    status: 429,
    retryable: true,
    title: 'Too many calls of this tenant are waiting, try again later',
  },
  limits_unknown: {
    status: 503,
    retryable: true,
    title: 'What this key has used cannot be read just now, try again shortly',
  },
  generation_not_found: { status: 404, retryable: false, title: 'No such generation' },
  log_reset: {
    status: 409,
    retryable: false,
    title: 'The stream was reset: the given position is not part of it',
  },
  cursor_expired: {
    status: 410,
    retryable: false,
    title: 'The stream is not kept any more at the given position',
  },
  idempotency_mismatch: {
    status: 422,
    retryable: false,
    title: 'This idempotency key was used with another request',
  },
  generation_cancelled: { status: 499, retryable: false, title: 'The generation was cancelled' },
  generation_expired: {
    status: 504,
    retryable: false,
    title: 'The generation did not end before its deadline',
  },
  upstream_lost: {
    status: 502,
    retryable: true,
    title: 'The worker that streamed this answer was lost, the answer is incomplete',
  },
  poison_request: {
    status: 500,
    retryable: false,
    title: 'The request made its workers fail repeatedly and was given up',
  },
})

/** What a client is told to wait when the intake is full or the back end is away, ms. */
export const retryAfterMs = 1_000
