import type { GenerationError } from '@sluice/contracts/generation/generation-error'

const words: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  413: 'INVALID_ARGUMENT',
  422: 'FAILED_PRECONDITION',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

/** From 500 on the request id is part of the message: it is all a caller can quote. The wait is said as Google says it. */
export function encodeError(error: GenerationError, requestId: string): string {
  const { status, message, retryAfterMs } = error
  const fallback = status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL'
  const retryDelay = `${String((retryAfterMs ?? 0) / 1_000)}s`
  return JSON.stringify({
    error: {
      code: status,
      message: status >= 500 ? `${message} (request id ${requestId})` : message,
      status: words[status] ?? fallback,
      ...(retryAfterMs === undefined
        ? {}
        : { details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay }] }),
    },
  })
}
