import { z } from 'zod'

/**
 * What is counted. `requests` and `tokens` of one call are known or estimated when it is admitted; `cost` is reserved by estimate and settled by its
 * bill; `concurrency` is held from admission to the end.
 */
export const LimitMetric = z.enum(['requests', 'tokens', 'cost', 'concurrency'])
export type LimitMetric = z.infer<typeof LimitMetric>

/** Windows are fixed and begin with the UTC second, minute, hour, day or month; `total` never ends. So "100 a minute" lets exactly 100 through. */
export const LimitWindow = z.enum(['second', 'minute', 'hour', 'day', 'month', 'total'])
export type LimitWindow = z.infer<typeof LimitWindow>

/** Whose calls share the count. */
export const LimitScope = z.enum(['tenant', 'project', 'user', 'key', 'model'])
export type LimitScope = z.infer<typeof LimitScope>

/** One rule that calls count against, as it applies to one caller: every caller of the same `id` shares the count. */
export const Limit = z.object({
  /** Names the count among those of its tenant: the policy, and whom of its scope it counts (`tier:free:requests`, `budget:b1:user:anna`). */
  id: z.string().min(1).max(200),
  /** What refusals, headers and reports call it. */
  name: z.string().min(1).max(100),
  scope: LimitScope,
  metric: LimitMetric,
  /** Null for `concurrency`, which has none. */
  window: LimitWindow.nullable(),
  /** Requests, tokens, nano-USD, or calls at once. 0 lets nothing through. */
  max: z.int().min(0),
  /** Of scope `key`, where several keys share the count: all of them. Absent: the caller's alone. */
  keys: z.array(z.string()).optional(),
  /** Globs over model names whose calls count; null = all. */
  models: z.array(z.string()).nullable().default(null),
  /**
   * The ledger is what the count is made from, when it was lost (money, and windows of a day or more). Otherwise a lost count begins at 0
   * and its window is short.
   */
  durable: z.boolean().default(false),
  /** Of money: shares of `max` that are told of once in each window. Absent: those of the product. */
  thresholds: z.array(z.number().positive()).optional(),
})
export type Limit = z.infer<typeof Limit>
