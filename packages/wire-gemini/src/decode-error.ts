import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { errorOfStatus } from '@sluice/wire/error-of-status'
import { generationError, wireErrors } from '@sluice/wire/errors'
import { isObject, type JsonObject, parseJson, stringOrNull } from '@sluice/wire/json'
import { withVerbatim } from '@sluice/wire/verbatim'
import { listMember } from './member.ts'
import { retryDelayMs } from './retry-delay.ts'

/** What Google's `{error: {code, message, status, details}}` says. */
export interface GoogleError {
  /** HTTP status; null where there is none. */
  readonly code: number | null
  readonly message: string
  /** `RESOURCE_EXHAUSTED`. */
  readonly status: string | null
  readonly details: readonly JsonObject[]
}

const statusOfWord: Readonly<Record<string, number>> = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  OUT_OF_RANGE: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  RESOURCE_EXHAUSTED: 429,
  CANCELLED: 499,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
}

export function decodeError(
  status: number,
  _headers: Readonly<Record<string, string>>,
  body: Buffer,
): GenerationError {
  const error = readError(parseJson(body.toString()))
  if (!error) return errorOfStatus(status, null)
  return withVerbatim(mapError(status, error), 'gemini', status, body)
}

/** An error inside a 200 reply or stream (T46). */
export function decodeInlineError(error: GoogleError): GenerationError {
  return mapError(error.code ?? statusOfWord[error.status ?? ''] ?? 500, error)
}

/** Google wraps it in an array now and then. Null for what is no error. */
export function readError(value: unknown): GoogleError | null {
  const [unwrapped] = Array.isArray(value) ? (value as unknown[]) : [value]
  const error = isObject(unwrapped) ? unwrapped['error'] : null
  if (typeof error === 'string' && error !== '') {
    return { code: null, message: error.slice(0, 2000), status: null, details: [] }
  }
  if (!isObject(error)) return null
  const { code, message, status } = error
  return {
    code: typeof code === 'number' && code >= 400 && code <= 599 ? code : null,
    message: (stringOrNull(message) ?? wireErrors.upstream_error.title).slice(0, 2000),
    status: stringOrNull(status),
    details: listMember(error, 'details').filter((detail) => isObject(detail)),
  }
}

function mapError(status: number, error: GoogleError): GenerationError {
  const { message, details } = error
  if (isKeyProblem(error)) return generationError(wireErrors.upstream_auth)
  if (status === 429) {
    if (isDailyQuota(error)) return generationError(wireErrors.upstream_quota)
    return errorOfStatus(429, message, retryDelayMs(details, message))
  }
  if (status === 400 && error.status === 'FAILED_PRECONDITION') {
    // The region, or a bill that is to be paid: nothing that the caller could mend.
    return generationError(wireErrors.upstream_error, undefined, { retryable: false })
  }
  const mapped = errorOfStatus(status, message)
  return mapped.status === 404 ? { ...mapped, param: 'model' } : mapped
}

function isKeyProblem({ details }: GoogleError): boolean {
  return details.some(({ reason }) => reason === 'API_KEY_INVALID' || reason === 'API_KEY_EXPIRED')
}

/** A quota per day is final: the wait that is named beside it is that of another quota. */
function isDailyQuota({ details }: GoogleError): boolean {
  const names = details.flatMap((detail) => [
    ...listMember(detail, 'violations').map((violation) =>
      isObject(violation) ? violation['quotaId'] : null,
    ),
    isObject(detail['metadata']) ? detail['metadata']['quota_limit'] : null,
  ])
  return names.some((name) => typeof name === 'string' && /per_?day/i.test(name))
}
