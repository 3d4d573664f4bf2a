import type { GenerationError } from '@sluice/contracts/generation/generation-error'

/** SDKs ignore a wait beyond this and retry after a second or so, which cannot help. */
const longestObeyedWaitMs = 60_000
const defaultWaitMs = 1_000

/**
 * What tells an SDK whether and when to try again. It decides on the status alone otherwise: 408, 409, 429 and everything from 500 on are
 * retried.
 */
export function retryHeaders(error: GenerationError): Record<string, string> {
  if (!error.retryable) return { 'x-should-retry': 'false' }
  const asksToWait = error.status === 429 || error.status === 503
  const waitMs = error.retryAfterMs ?? (asksToWait ? defaultWaitMs : null)
  if (waitMs === null) return {}
  const headers: Record<string, string> = {
    'retry-after': String(Math.ceil(waitMs / 1_000)),
    'retry-after-ms': String(waitMs),
  }
  if (waitMs > longestObeyedWaitMs) headers['x-should-retry'] = 'false'
  return headers
}
