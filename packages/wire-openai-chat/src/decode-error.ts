import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { errorOfStatus } from '@sluice/wire/error-of-status'
import { generationError, wireErrors } from '@sluice/wire/errors'
import { retryAfterMs } from '@sluice/wire/retry-after'
import { withVerbatim } from '@sluice/wire/verbatim'
import { isObject, parseJson, stringOrNull } from '@sluice/wire/json'

/** What an error object of an OpenAI-shaped provider says, whatever form it came in. */
export interface ProviderError {
  readonly message: string
  readonly type: string | null
  readonly param: string | null
  readonly code: string | null
  /** HTTP status, where the object names one (`code` as a number: OpenRouter, vLLM). */
  readonly status: number | null
}

/** Money or hard limits: waiting does not help, whatever the status says. */
const quotaCodes = new Set([
  'insufficient_quota',
  'billing_hard_limit_reached',
  'credit_balance_exhausted',
  'organization_spend_limit_exceeded',
  'project_spend_limit_exceeded',
  'organization_usage_limit_exceeded',
])

/** Inside a stream the status is 200 and the words decide. */
const statusOfWord: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  content_filter: 400,
  authentication_error: 401,
  invalid_api_key: 401,
  permission_error: 403,
  model_not_found: 404,
  not_found_error: 404,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  slow_down: 429,
  overloaded_error: 503,
  server_is_overloaded: 503,
  service_unavailable_error: 503,
  timeout_error: 504,
}

export function decodeError(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): GenerationError {
  const error = mapError(
    status,
    readProviderError(parseJson(body.toString())),
    retryAfterMs(headers),
  )
  return withVerbatim(error, 'openai-chat', status, body)
}

/** An error inside a 200 reply or stream. */
export function decodeInlineError(error: ProviderError): GenerationError {
  const status = error.status ?? wordStatus(error.code) ?? wordStatus(error.type) ?? 500
  return mapError(status, error, undefined)
}

function wordStatus(word: string | null): number | undefined {
  if (word === null) return undefined
  return quotaCodes.has(word) ? 429 : statusOfWord[word]
}

/**
 * `{error: {…}}`, `{error: "text"}`, the same wrapped in an array (Google), and the flat `{object: "error", message}` (Mistral, vLLM),
 * `{type: "error", message}`, `{detail}` (FastAPI). Null when it is none of them.
 */
export function readProviderError(value: unknown): ProviderError | null {
  const [unwrapped] = Array.isArray(value) ? (value as unknown[]) : [value]
  if (!isObject(unwrapped)) return null
  const { error, detail } = unwrapped
  if (isObject(error)) return describe(error)
  if (typeof error === 'string' && error !== '') return describe({ message: error })
  if (stringOrNull(unwrapped['message']) !== null) return describe(unwrapped)
  if (typeof detail === 'string') return describe({ message: detail })
  return detail === undefined ? null : describe({ message: JSON.stringify(detail) })
}

function describe(error: Record<string, unknown>): ProviderError {
  const { message, type, param, code, status } = error
  const named = [code, status].find((value) => isErrorStatus(value))
  return {
    message: (stringOrNull(message) ?? JSON.stringify(error)).slice(0, 2000),
    type: stringOrNull(type),
    param: stringOrNull(param),
    code: stringOrNull(code),
    status: typeof named === 'number' ? named : null,
  }
}

function isErrorStatus(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 400 && (value as number) <= 599
}

const bareNotFound = /^\W*(?:404\W*)?(?:page )?not found\W*$/i

function mapError(
  status: number,
  error: ProviderError | null,
  wait: number | undefined,
): GenerationError {
  if (!error) return errorOfStatus(status, null, wait)
  if (isQuota(status, error)) return generationError(wireErrors.upstream_quota)
  const { message, type, code, param } = error
  // A bare "Not Found" is a wrong base URL, not a missing model.
  const isBare = status === 404 && type === null && code === null && bareNotFound.test(message)
  const mapped = errorOfStatus(status, isBare ? null : message, wait)
  if (mapped.status >= 500 || mapped.status === 429) return mapped
  return { ...mapped, code: code ?? mapped.code, param, ...(type === null ? {} : { type }) }
}

function isQuota(status: number, error: ProviderError): boolean {
  if (status !== 429 && status !== 400 && status !== 403) return false
  return quotaCodes.has(error.code ?? '') || quotaCodes.has(error.type ?? '')
}
