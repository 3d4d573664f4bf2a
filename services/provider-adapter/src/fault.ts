import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { GatewayError } from '@sluice/kernel/errors'

type AnyError = Pick<GatewayError | GenerationError, 'code' | 'retryable'>

/**
 * What a failed call says: about the provider as a whole, about the key it was made with, or only about this call.
 */
export type Fault = 'provider' | 'rate' | 'quota' | 'credential' | 'call'

const faults: Readonly<Record<string, Fault>> = {
  upstream_error: 'provider',
  upstream_timeout: 'provider',
  server_is_overloaded: 'provider',
  rate_limit_exceeded: 'rate',
  upstream_quota: 'quota',
  upstream_auth: 'credential',
}

export function faultOf({ code }: AnyError): Fault {
  return faults[code] ?? 'call'
}

/** Another provider may do better: what is wrong is not the call itself. */
export function passesOn(error: AnyError): boolean {
  const fault = faultOf(error)
  return error.retryable || fault === 'quota' || fault === 'credential'
}

/** Of a call that failed: nobody answered, or the provider says that it is at fault. An answer that breaks off is not one; nor is a refusal. */
export function isOutage(status: number): boolean {
  return status === 0 || status >= 500
}

/** The same call may be made once more: no answer is being made that would be billed beside the next one. */
export function isSafeToRepeat(error: AnyError, status: number): boolean {
  if (!isOutage(status) || error.code === 'upstream_timeout') return false
  return error.retryable && faultOf(error) === 'provider'
}

export interface RetryPolicy {
  /** Calls of one target, the first included. */
  readonly maxAttempts: number
  readonly initialDelayMs: number
  readonly maxDelayMs: number
}

/** Doubles with every repetition, up to a quarter more or less, so that what failed together does not come back together. `chance`: 0 to 1. */
export function backOffMs(
  { initialDelayMs, maxDelayMs }: RetryPolicy,
  repetition: number,
  chance: number,
): number {
  const delayMs = Math.min(maxDelayMs, initialDelayMs * 2 ** repetition)
  return Math.round(delayMs * (0.75 + 0.5 * chance))
}

/** A number from 0 to 1 that is another one for every call, and the same one whenever the call is made again. */
export function chanceOf(requestId: string, attempt: number): number {
  let hash = 0x811c9dc5
  for (const character of `${requestId} ${String(attempt)}`)
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193)
  return (hash >>> 0) / 0x1_0000_0000
}
