import { z } from 'zod'
import { TenantId } from '../ids.ts'
import { LimitScope, LimitWindow } from '../limits.ts'
import { defineTopic } from './topic.ts'

const days = 24 * 60 * 60 * 1000

/** A share of a budget was used up for the first time in its window. Once per budget, whom it counts, window and threshold. */
export const BudgetThresholdReached = z.object({
  tenant_id: TenantId,
  /** `Limit.id`: the budget, and whom of its scope it counts. */
  budget_id: z.string(),
  name: z.string(),
  scope: LimitScope,
  window: LimitWindow,
  /** Unix ms of the window's beginning. */
  starts_at: z.int().min(0),
  /** Share of the maximum: 0.5, 0.8, 1. */
  threshold: z.number().positive(),
  max_nano_usd: z.int().min(0),
  used_nano_usd: z.int().min(0),
  /** Unix ms. */
  at: z.int(),
})
export type BudgetThresholdReached = z.infer<typeof BudgetThresholdReached>

export const budgetThresholdReached = defineTopic({
  name: 'sluice.budget.threshold-reached.v1',
  description:
    'A share of a budget was used up for the first time in its window: once per budget, whom it counts, window and threshold.',
  keyedBy: 'tenant/budget',
  content: false,
  type: 'sluice.budget.threshold-reached',
  version: 1,
  payload: BudgetThresholdReached,
  key: (reached: BudgetThresholdReached) => `${reached.tenant_id}/${reached.budget_id}`,
  partitions: 3,
  retentionMs: 90 * days,
  compacted: false,
})
