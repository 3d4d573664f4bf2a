import { z } from 'zod'
import { TenantId } from '../ids.ts'
import { LimitScope, LimitWindow } from '../limits.ts'
import { defineTopic } from './topic.ts'

const days = 24 * 60 * 60 * 1000

/** A share of a budget was used up for the first time in its window. Once per budget, whom it counts, window and threshold. */
export const BudgetThresholdReached = z.object({
  tenant_id: TenantId,
  budget_id: z.string().describe('the budget, and whom of its scope it counts: `b1:user:anna`'),
  name: z.string().describe('what the budget is called'),
  scope: LimitScope.describe('whose calls share the count'),
  window: LimitWindow.describe('begins with the UTC second, minute, …; `total` never ends'),
  starts_at: z.int().min(0).describe('the window’s beginning, Unix ms'),
  threshold: z.number().positive().describe('share of the maximum: 0.5, 0.8, 1'),
  max_nano_usd: z.int().min(0).describe('1e-9 USD'),
  used_nano_usd: z.int().min(0).describe('1e-9 USD, when it was reached'),
  at: z.int().describe('Unix ms'),
})
export type BudgetThresholdReached = z.infer<typeof BudgetThresholdReached>

export const budgetThresholdReached = defineTopic({
  name: 'sluice.budget.threshold-reached.v1',
  description:
    'A share of a budget was used up for the first time in its window: once per budget, whom it counts, window and threshold.',
  owner: 'usage',
  keyedBy: 'tenant/budget',
  order: 'Thresholds of one budget come in the order in which they were reached.',
  dedupe: null,
  content: false,
  personal: 'budget_id ends with a user id where the budget is a person’s',
  type: 'sluice.budget.threshold-reached',
  version: 1,
  payload: BudgetThresholdReached,
  key: (reached: BudgetThresholdReached) => `${reached.tenant_id}/${reached.budget_id}`,
  partitions: 3,
  retentionMs: 90 * days,
  compacted: false,
})
