import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { GatewayError } from '@sluice/kernel/errors'
import { errorOfStatus } from '@sluice/wire/error-of-status'
import { generationError, wireErrors } from '@sluice/wire/errors'
import { isObject, parseJson, stringOrNull } from '@sluice/wire/json'
import { retryAfterMs } from '@sluice/wire/retry-after'
import { withVerbatim } from '@sluice/wire/verbatim'

export interface ProviderError {
  readonly type: string | null
  readonly message: string
  /** `error.details.error_code`: finer than the type. */
  readonly code: string | null
}

/** Inside a stream the status is 200 and the type decides. */
const statusOfType: ReadonlyMap<string, number> = new Map([
  ['invalid_request_error', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['conflict_error', 409],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['api_error', 500],
  ['timeout_error', 504],
  ['overloaded_error', 529],
])

/** A limit on money is a 400 or a 429 like others, but for its words: waiting does not help. */
const spendLimit = /credit balance is too low|API usage limits|spend(?:ing)? limit/i

export function decodeError(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): GenerationError {
  const error = readProviderError(parseJson(body.toString()))
  const mapped = mapError(status, error, retryAfterMs(headers))
  return withVerbatim(mapped, 'anthropic-messages', status, body)
}

/** An error inside a 200 reply or stream; `payload` is what holds it. */
export function decodeInlineError(error: ProviderError, payload: string): GenerationError {
  const status = statusOfType.get(error.type ?? '') ?? 500
  const mapped = mapError(status, error, undefined)
  // Its reader has no `retry-after` to go by: that one is missing means nothing here.
  const known = status === 429 && mapped.code === wireErrors.rate_limit_exceeded.code
  const told = known ? generationError(wireErrors.rate_limit_exceeded) : mapped
  return withVerbatim(told, 'anthropic-messages', status, Buffer.from(payload))
}

/** `{type: "error", error: {type, message}}`, also without its outer type, wrapped in an array, or as a bare text. Null when it is no error. */
export function readProviderError(value: unknown): ProviderError | null {
  const [unwrapped] = Array.isArray(value) ? (value as unknown[]) : [value]
  if (!isObject(unwrapped)) return null
  const { error, message } = unwrapped
  if (typeof error === 'string' && error !== '') return { type: null, message: error, code: null }
  if (isObject(error)) {
    const { details } = error
    return {
      type: stringOrNull(error['type']),
      message: (stringOrNull(error['message']) ?? JSON.stringify(error)).slice(0, 2000),
      code: isObject(details) ? stringOrNull(details['error_code']) : null,
    }
  }
  const text = stringOrNull(message)
  const isError = text !== null && unwrapped['type'] !== 'message'
  return isError ? { type: null, message: text.slice(0, 2000), code: null } : null
}

/** The error of a 200 that holds no answer: the provider's own, when it names one. */
export function unreadable(reply: unknown, body: Buffer): GatewayError {
  const found = readProviderError(reply)
  if (!found) return new GatewayError(wireErrors.upstream_error)
  const { code, status, retryable, message, type } = decodeInlineError(found, body.toString())
  return new GatewayError({ code, status, retryable, title: message }, message, { type })
}

function mapError(
  status: number,
  error: ProviderError | null,
  wait: number | undefined,
): GenerationError {
  if (!error) return errorOfStatus(status, null, wait)
  if (isQuota(status, error)) return generationError(wireErrors.upstream_quota)
  // A bare "Not Found" is a wrong base URL, not a missing model.
  const isBare = status === 404 && error.type === null
  const mapped = errorOfStatus(status, isBare ? null : error.message, wait)
  // Without a time to wait, Anthropic means that waiting does not help.
  return status === 429 && wait === undefined ? { ...mapped, retryable: false } : mapped
}

function isQuota(status: number, { type, code, message }: ProviderError): boolean {
  if (status === 402 || type === 'billing_error') return true
  if (status !== 400 && status !== 403 && status !== 429) return false
  return code?.includes('spend_limit') === true || spendLimit.test(message)
}
