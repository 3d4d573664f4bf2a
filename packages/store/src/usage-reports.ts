import type { TerminalState } from '@sluice/contracts/generation/log-entry'
import type { RequestId } from '@sluice/contracts/ids'
import type { Price } from '@sluice/contracts/price'

/** Whose bills are asked for: those of one tenant, and of those only the ones that match every member that is there. */
export interface BillFilter {
  readonly tenantId: string
  readonly projectId?: string | undefined
  readonly keyId?: string | undefined
  readonly userId?: string | undefined
  readonly channel?: string | undefined
  readonly provider?: string | undefined
  /** That answered. */
  readonly model?: string | undefined
}

/** Unix ms, `from` inclusive, `to` exclusive; by `accepted_at`. */
export interface Period {
  readonly from: number
  readonly to: number
}

export type Dimension = 'model' | 'project' | 'user' | 'key' | 'channel' | 'provider'
export type Step = 'hour' | 'day' | 'month'

export interface Sums {
  readonly requests: number
  /** `failed` and `expired`. */
  readonly failed: number
  readonly cancelled: number
  /** With counts that are ours, not the provider's. */
  readonly estimated: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cachedInputTokens: number
  readonly cacheWriteTokens: number
  readonly reasoningTokens: number
  readonly amountNanoUsd: bigint
  /** From acceptance to the end, summed. */
  readonly durationMs: number
  /** From acceptance to the first part, summed over the `firstParts` requests that had one. */
  readonly firstPartMs: number
  readonly firstParts: number
}

export interface GroupedSums extends Sums {
  /** A value of each dimension, in their order. Null: nobody's, or (of models and providers) calls that no model answered. */
  readonly groups: readonly (string | null)[]
}

export interface SteppedSums extends Sums {
  /** Unix ms of the step's beginning, UTC. */
  readonly startsAt: number
}

/** A bill as reports show it. */
export interface BilledCall {
  readonly requestId: RequestId
  readonly projectId: string
  readonly keyId: string
  readonly userId: string | null
  readonly channel: string
  readonly operation: string
  readonly requestedModel: string
  readonly model: string
  readonly provider: string | null
  readonly state: TerminalState
  readonly errorCode: string | null
  readonly stream: boolean
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cachedInputTokens: number
  readonly cacheWriteTokens: number
  readonly reasoningTokens: number
  readonly estimated: boolean
  readonly amountNanoUsd: number
  /** What the amount was made from; null = nothing was charged, the model is free, or the row is older than prices in rows. */
  readonly price: Price | null
  readonly acceptedAt: number
  readonly finishedAt: number
  readonly firstPartMs: number | null
}

/**
 * What the customer ledger says, to whoever may see it: the caller decides that, by the filter. Sums are exact and hold every bill that was stored
 * when they were asked for. Periods of sums begin and end with an hour (UTC); lists take any.
 */
export interface UsageReports {
  totals(filter: BillFilter, period: Period): Promise<Sums>
  /** One for each combination of values that there is; dearest first, then by name; at most `limit`. */
  groups(
    filter: BillFilter,
    period: Period,
    by: readonly Dimension[],
    limit: number,
  ): Promise<readonly GroupedSums[]>
  /** Those steps in which there was a call, in order. */
  series(filter: BillFilter, period: Period, step: Step): Promise<readonly SteppedSums[]>
  /** Newest first, from before `before`. */
  bills(
    filter: BillFilter,
    period: Period,
    page: { readonly before: RequestId | null; readonly limit: number },
  ): Promise<readonly BilledCall[]>
  dearest(filter: BillFilter, period: Period, limit: number): Promise<readonly BilledCall[]>
  /** How many ended with each error, the most frequent first; at most 100. */
  errors(filter: BillFilter, period: Period): Promise<readonly ErrorCount[]>
  /**
   * What a limit counts: of any period, also within an hour, and with globs (null = all) over the model as its caller wrote it, whether one
   * answered or not.
   */
  counts(filter: BillFilter, period: Period, requested: readonly string[] | null): Promise<Counts>
}

export interface ErrorCount {
  readonly code: string
  readonly requests: number
}

export interface Counts {
  readonly requests: number
  readonly tokens: bigint
  readonly amountNanoUsd: bigint
}

export const hourMs = 3_600_000

/** Of a period without a call. */
export const noSums: Sums = Object.freeze({
  requests: 0,
  failed: 0,
  cancelled: 0,
  estimated: 0,
  inputTokens: 0,
  outputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  amountNanoUsd: 0n,
  durationMs: 0,
  firstPartMs: 0,
  firstParts: 0,
})
