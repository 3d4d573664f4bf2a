import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { Excess } from '@sluice/generations'
import { GatewayError, toGenerationError } from '@sluice/kernel/errors'
import { ingressErrors } from '../errors.ts'
import type { Charges } from './charges.ts'
import { type Quota, secondsUntil } from './limit-headers.ts'

export interface LimitRefusal {
  readonly error: GenerationError
  readonly quota: Quota
}

/** A slot of calls at once is free when one of them has ended: nobody knows when. Long enough not to be a loop, ms. */
const slotRetryMs = 5_000

/**
 * Why a call is not let in: the limit that keeps it out longest, so that who waits as long as it says is not kept out by another one. With the status and
 * code that clients know: 429 and `rate_limit_exceeded`, or `budget_exceeded` where it is money; 400 for a call that no empty window holds.
 */
export function limitRefusal(
  { charges, counted }: Charges,
  excess: readonly Excess[],
  now: number,
): LimitRefusal | null {
  let worst: (LimitRefusal & { readonly waitMs: number }) | null = null
  for (const { charge: index, level } of excess) {
    const charge = charges[index]
    const one = counted[index]
    if (charge === undefined || one === undefined) continue
    const waitMs = waitOf(charge.amount, { counted: one, level }, now)
    if (worst !== null && worst.waitMs >= waitMs) continue
    const quota: Quota = { counted: one, level, ...(waitMs === Infinity && { isFinal: true }) }
    worst = { waitMs, quota, error: errorFor(quota, charge.amount, waitMs, now) }
  }
  return worst
}

/** Infinity: waiting does not help. */
function waitOf(amount: number, { counted: { limit, window } }: Quota, now: number): number {
  if (amount > limit.max || limit.max === 0) return Infinity
  if (limit.metric === 'concurrency') return slotRetryMs
  const endsAt = window?.endsAt ?? null
  return endsAt === null ? Infinity : secondsUntil(endsAt, now) * 1_000
}

function errorFor(quota: Quota, amount: number, waitMs: number, now: number): GenerationError {
  const { limit } = quota.counted
  const isTooLarge = limit.metric === 'tokens' && amount > limit.max && limit.max > 0
  const definition = isTooLarge
    ? ingressErrors.limit_too_small
    : limit.metric === 'cost'
      ? ingressErrors.budget_exceeded
      : ingressErrors.rate_limit_exceeded
  const isTooDear = limit.metric === 'cost' && amount > limit.max && limit.max > 0
  const message = messageOf(quota, amount, isTooLarge || isTooDear ? null : now)
  const type = limit.metric === 'cost' ? 'insufficient_quota' : undefined
  if (waitMs === Infinity)
    return {
      ...toGenerationError(new GatewayError(definition, message, { type })),
      retryable: false,
    }
  return toGenerationError(new GatewayError(definition, message, { type, retryAfterMs: waitMs }))
}

const nouns = {
  requests: 'requests',
  tokens: 'tokens',
  cost: 'USD',
  concurrency: 'calls at once',
} as const

/** `now`: null where no window, however empty, would hold the call: then nothing is said of when it resets. */
function messageOf(
  { counted: { limit, window }, level }: Quota,
  amount: number,
  now: number | null,
): string {
  const { metric, max } = limit
  const show = (value: number) => (metric === 'cost' ? usd(value) : String(value))
  const endsAt = window?.endsAt ?? null
  const per = limit.window === null || limit.window === 'total' ? '' : ` a ${limit.window}`
  const asks =
    metric === 'tokens' || metric === 'cost' ? `; this call may take ${show(amount)}` : ''
  const resets =
    endsAt === null || now === null
      ? ''
      : `, resets at ${new Date(endsAt).toISOString()} (in ${String(secondsUntil(endsAt, now))} s)`
  const never = now === null ? ', more than it ever allows: waiting does not help' : ''
  return `The limit "${limit.name}" allows ${show(max)} ${nouns[metric]}${per}: ${show(Math.max(0, max - level))} remaining${resets}${asks}${never}`
}

/** Exact: nano-USD as a decimal number. */
export function usd(nanoUsd: number): string {
  const digits = String(nanoUsd).padStart(10, '0')
  const decimals = digits.slice(-9).replace(/0+$/, '')
  return decimals === '' ? digits.slice(0, -9) : `${digits.slice(0, -9)}.${decimals}`
}
