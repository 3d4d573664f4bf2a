import { type Effort, efforts, type Reasoning } from './canonical-request.ts'

/** One table for all providers (T27): tokens to think with, by effort. */
const budgets: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  xhigh: 32_768,
  max: 65_536,
}

export function isEffort(value: unknown): value is Effort {
  return efforts.some((effort) => effort === value)
}

/** What the caller said, as an effort; null = nothing. A budget is named by the highest effort it pays for. */
export function effortOf({ effort, budgetTokens }: Reasoning): Effort | null {
  if (effort !== null) return effort
  if (budgetTokens === null) return null
  if (budgetTokens <= 0) return 'none'
  return efforts.findLast((each) => each !== 'none' && budgets[each] <= budgetTokens) ?? 'minimal'
}

/** What the caller said, as tokens; null = nothing. */
export function budgetOf({ effort, budgetTokens }: Reasoning): number | null {
  return budgetTokens ?? (effort === null ? null : budgets[effort])
}
