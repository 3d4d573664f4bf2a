import type { Limit } from '@sluice/contracts/limits'
import type { Counted } from './charges.ts'

/** How far a call's limits are used up, as its answer tells it. */
export interface Quota {
  readonly counted: Counted
  /** `used + reserved`, with this call if it was let in. */
  readonly level: number
  /** The call is refused, and no wait changes that: nothing is said of a reset. */
  readonly isFinal?: true
}

/** Of several limits, that which leaves the smallest share; those that reset come before those that do not. */
export function tightest(
  counted: readonly Counted[],
  levels: readonly (number | undefined)[],
): Quota | null {
  let found: Quota | null = null
  for (const [index, each] of counted.entries()) {
    const level = levels[index]
    if (level === undefined || each.limit.metric === 'concurrency') continue
    const quota = { counted: each, level }
    if (found === null || shareLeft(quota) < shareLeft(found)) found = quota
  }
  return found
}

function shareLeft({ counted: { limit }, level }: Quota): number {
  return limit.max === 0 ? 0 : remainingOf(limit, level) / limit.max
}

function remainingOf({ max }: Limit, level: number): number {
  return Math.max(0, max - level)
}

const units = {
  requests: 'requests',
  tokens: 'tokens',
  cost: 'nano-usd',
  concurrency: 'concurrent-requests',
} as const

const notInName = /[^\x20\x21\x23-\x5b\x5d-\x7e]/g

/**
 * `RateLimit-*` of draft-ietf-httpapi-ratelimit-headers in the form that clients read, one number each, and the policy that they are of, with its unit:
 * money is counted in nano-USD. `now`: Unix ms.
 */
export function limitHeaders(
  { counted: { limit, window }, level, isFinal }: Quota,
  now: number,
): Record<string, string> {
  const endsAt = window?.endsAt ?? null
  const lasts =
    window === null || endsAt === null ? '' : `;w=${String((endsAt - window.startsAt) / 1_000)}`
  const name = limit.name.replace(notInName, '?')
  return {
    'ratelimit-limit': String(limit.max),
    'ratelimit-remaining': String(remainingOf(limit, level)),
    ...(endsAt === null || isFinal ? {} : { 'ratelimit-reset': String(secondsUntil(endsAt, now)) }),
    'ratelimit-policy': `"${name}";q=${String(limit.max)}${lasts};qu="${units[limit.metric]}"`,
  }
}

/** Rounded up: who waited so long finds the next window. */
export function secondsUntil(endsAt: number, now: number): number {
  return Math.max(1, Math.ceil((endsAt - now) / 1_000))
}
