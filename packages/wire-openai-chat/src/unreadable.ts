import { GatewayError } from '@sluice/kernel/errors'
import { wireErrors } from '@sluice/wire/errors'
import { decodeInlineError, readProviderError } from './decode-error.ts'

/** The error of a 200 that holds no answer: the provider's own, when it names one. */
export function unreadable(reply: unknown): GatewayError {
  const found = readProviderError(reply)
  if (!found) return new GatewayError(wireErrors.upstream_error)
  const { code, status, retryable, message, type, param } = decodeInlineError(found)
  const definition = { code, status, retryable, title: message }
  return new GatewayError(definition, message, { type, param: param ?? undefined })
}
