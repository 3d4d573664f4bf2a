import { z } from 'zod'
import { LimitMetric, LimitScope, LimitWindow } from '../../limits.ts'
import { pageOf } from '../paging.ts'
import { defineRoute, type Route } from '../route.ts'
import { time } from '../shapes.ts'
import { spendRoles } from './spend.ts'

/** One limit that the caller's calls count against, in the unit of its metric (`cost`: nano-USD). */
export const QuotaStatus = z.object({
  id: z.string(),
  name: z.string(),
  scope: LimitScope,
  metric: LimitMetric,
  window: LimitWindow.nullable(),
  /** Globs; null = every model. */
  models: z.array(z.string()).nullable(),
  max: z.int(),
  used: z.int(),
  reserved: z.int(),
  /** Never below 0. */
  remaining: z.int(),
  starts_at: time.nullable(),
  resets_at: time.nullable(),
  source: z.enum(['counter', 'ledger', 'none']),
})
export type QuotaStatus = z.infer<typeof QuotaStatus>

export const readQuota = defineRoute({
  id: 'quota.status',
  method: 'GET',
  path: '/v1/quota/status',
  owner: 'usage',
  tag: 'Spend',
  summary: 'Every limit that calls with this credential count against: used, remaining, reset',
  access: { roles: spendRoles },
  status: 200,
  reply: pageOf(QuotaStatus),
})

export const quotaRoutes: readonly Route[] = [readQuota]
