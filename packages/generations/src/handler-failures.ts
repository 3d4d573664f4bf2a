import { GatewayError } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'

/**
 * Tells of what a handler threw. What is retryable is delivered again, once a second for as long as a store is away, and whoever lost that
 * store has said so: not worth a line each time.
 */
export function logHandlerFailure(logger: Logger | undefined, error: unknown): void {
  const level = GatewayError.is(error) && error.retryable ? 'debug' : 'error'
  logger?.[level]({ err: error }, 'generation handler failed')
}
