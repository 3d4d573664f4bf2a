import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { WireName } from '@sluice/contracts/wire-name'
import { wireErrors } from './errors.ts'
import { isObject, parseJson } from './json.ts'

const maxBytes = 65_536

/** Errors that tell of our credential, our rate or our quota: the provider's text stays with us. */
const ours = new Set<string>([
  wireErrors.upstream_auth.code,
  wireErrors.upstream_quota.code,
  wireErrors.rate_limit_exceeded.code,
])

/**
 * Attaches the provider's own answer, for a caller of the same dialect. Not to an error that concerns us, nor to a refusal that we take for our own
 * fault (a wrong address), nor where the body names no `error`, as every vendor's own form does: clients could not read it.
 */
export function withVerbatim(
  error: GenerationError,
  wire: WireName,
  status: number,
  body: Buffer,
): GenerationError {
  if (ours.has(error.code) || (status < 500 && error.status >= 500)) return error
  if (status < 400 || status > 599 || body.length > maxBytes) return error
  const text = body.toString()
  const value = parseJson(text)
  const [said] = Array.isArray(value) ? (value as unknown[]) : [value]
  if (!isObject(said) || !('error' in said)) return error
  return { ...error, verbatim: { wire, status, body: text } }
}
