import type { LimitMetric } from '@sluice/contracts/limits'

/**
 * What one call takes from one limit of its tenant, and against what.
 *
 * A counter has two parts. `used` is what calls have cost that are over, `reserved` what those may cost that are not; `admit` lets a call in while
 * `used + reserved + amount ≤ max`, and nothing at all once `used + reserved` has reached `max`. Every end of a generation settles, in the step
 * that ends it: `reserved` goes down by what was taken, and `used` up by what its bill says (1 call, its tokens, its nano-USD; nothing for `concurrency`,
 * which is only held).
 *
 * The two are apart because they are lost differently. What is over is in the ledger, so `used` can be had again from there; what runs is in no
 * ledger, and `reserved` is only known to the counter. A counter therefore has an incarnation: it begins with its first charge or seed, and ends when
 * it expires, is evicted, or goes with the back end's memory. A charge names the incarnation it was taken from and is settled in that one or
 * nowhere. So nothing is ever given back to a count that it was not taken from, and no bill is in `used` twice: a seed comes from the
 * ledger before the incarnation's first charge, and what is charged later was not over then. What is missing in `used` is the cost of calls that ran
 * when their counter was lost: it is in the ledger one lease after that at the latest, so a lost durable counter is not seeded before, and
 * `seedCounts` raises `used` to the ledger's sum whenever it is told that. That sum never exceeds what was spent: raising cannot overcount.
 *
 * Amounts and maxima are safe integers: beyond 2^53 the scripts of Redis, which compute in doubles, would lose units.
 */
export interface Charge {
  /** Names the counter among those of its tenant: the limit and the beginning of its window. Without control characters. */
  readonly counter: string
  readonly metric: LimitMetric
  readonly max: number
  /** What the call takes until it ends: 1, its tokens or its cost by estimate. */
  readonly amount: number
  /** Unix ms at which the counter is not needed any more; null = never. A generation that ends later settles nowhere. */
  readonly endsAt: number | null
  /** The ledger is what the count begins with. Otherwise a counter that is not there begins at 0. */
  readonly durable: boolean
}

/** A charge that does not fit. */
export interface Excess {
  /** Its place in `Admission.charges`. */
  readonly charge: number
  /** `used + reserved` of its counter. */
  readonly level: number
}

export interface Count {
  readonly used: number
  readonly reserved: number
}

export interface Seed {
  readonly counter: string
  /** By the ledger. */
  readonly used: number
  /** As in the charges of the counter. */
  readonly endsAt: number | null
}

/** Counters outlive their window by this, so that clocks of processes that differ by less count the same calls, ms. */
export const counterMarginMs = 60_000

/** What a bill says that a call has cost, in the unit of the metric. */
export function settledAmount(
  metric: LimitMetric,
  bill: {
    readonly input_tokens: number
    readonly output_tokens: number
    readonly amount_nano_usd: number
  },
): number {
  if (metric === 'requests') return 1
  if (metric === 'tokens') return bill.input_tokens + bill.output_tokens
  return metric === 'cost' ? bill.amount_nano_usd : 0
}

// oxlint-disable-next-line no-control-regex -- they separate charges where a back end stores them as text
const controls = /[\u0000-\u001f]/

/** A charge out of these bounds is a bug of whoever made it. */
export function assertSound({ counter, max, amount }: Charge): void {
  const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0
  if (!isCount(max) || !isCount(amount) || !isCount(max + amount) || controls.test(counter))
    throw new Error(`not a charge: ${String(amount)} of ${String(max)} in ${counter}`)
}

export function fits({ max, amount }: Charge, level: number): boolean {
  return level + amount <= max && level < max
}
