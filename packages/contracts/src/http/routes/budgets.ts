import { z } from 'zod'
import { LimitScope, LimitWindow } from '../../limits.ts'
import { pageOf } from '../paging.ts'
import { defineRoute, type Route } from '../route.ts'
import { time } from '../shapes.ts'
import { spendRoles } from './spend.ts'

// oxlint-disable-next-line no-control-regex -- no name has one, and a database takes no NUL
const name = z.string().regex(/^[^\u0000-\u001f]{1,64}$/)
const usd = z.string().regex(/^-?\d+\.\d{9}$/)

/** One budget that the caller's calls count against. */
export const BudgetStatus = z.object({
  id: z.string(),
  name: z.string(),
  scope: LimitScope,
  window: LimitWindow,
  max_usd: usd,
  /** Of calls that are over. */
  used_usd: usd,
  /** Of calls that run, by estimate; null where the counter is not there. */
  reserved_usd: usd.nullable(),
  /** Never below 0. */
  remaining_usd: usd,
  /** Share of the maximum, 0 and up. */
  used_share: z.number(),
  /** Thresholds that were told of in this window. */
  reached: z.array(z.number()),
  starts_at: time,
  /** Null: it has no end. */
  resets_at: time.nullable(),
  /** `counter`: what admission goes by. `ledger`: that was lost, and is made from these bills with the next call. */
  source: z.enum(['counter', 'ledger']),
})
export type BudgetStatus = z.infer<typeof BudgetStatus>

export const readBudgets = defineRoute({
  id: 'budgets.status',
  method: 'GET',
  path: '/v1/budgets/status',
  owner: 'usage',
  tag: 'Spend',
  summary:
    'The budgets that calls with this credential count against, or those of one project, key or user, and what is left of them',
  access: { roles: spendRoles },
  query: z
    .strictObject({ project: name, key: name, user: name })
    .partial()
    .refine((query) => Object.keys(query).length <= 1, 'takes one of project, key and user'),
  status: 200,
  reply: pageOf(BudgetStatus),
  errors: ['resource_not_found'],
})

export const budgetRoutes: readonly Route[] = [readBudgets]
