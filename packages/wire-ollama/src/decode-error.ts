import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { errorOfStatus } from '@sluice/wire/error-of-status'
import { isObject, parseJson } from '@sluice/wire/json'
import { retryAfterMs } from '@sluice/wire/retry-after'
import { withVerbatim } from '@sluice/wire/verbatim'

/** Ollama's errors are `{"error":"text"}` and a status, nothing more. */
export function decodeError(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): GenerationError {
  const message = readError(parseJson(body.toString()))
  const mapped = errorOfStatus(status, message, retryAfterMs(headers))
  if (message === null) return mapped
  const named = mapped.status === 404 ? { ...mapped, param: 'model' } : mapped
  return withVerbatim(named, 'ollama', status, body)
}

export function readError(value: unknown): string | null {
  if (!isObject(value)) return null
  const { error } = value
  const text = isObject(error) ? error['message'] : error
  return typeof text === 'string' && text !== '' ? text.slice(0, 2000) : null
}
