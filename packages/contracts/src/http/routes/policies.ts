import { z } from 'zod'
import { LimitScope, LimitWindow } from '../../limits.ts'
import { pageOf, pageQuery } from '../paging.ts'
import { defineRoute, type Route } from '../route.ts'
import { displayName, modelGlobs, params, time, usd } from '../shapes.ts'

const admins = { roles: ['owner', 'admin'] } as const
const readers = { roles: ['owner', 'admin', 'project_admin', 'viewer', 'operator'] } as const

/** Whom a rule is for: each of the scope has a count of its own; a target is one of them alone. */
const whom = {
  name: displayName.describe('Shown in refusals'),
  scope: LimitScope,
  target: z.string().min(1).max(200).nullable().describe('Id of one of the scope; null = each'),
  models: modelGlobs.nullable().describe('Globs over models whose calls count; null = all'),
}

const policy = {
  ...whom,
  metric: z.enum(['requests', 'tokens', 'concurrency']),
  window: LimitWindow.nullable().describe('Null for concurrency, and only there'),
  max: z.int().min(0),
}

export const NewPolicy = z
  .strictObject({
    ...policy,
    target: policy.target.optional(),
    models: policy.models.optional(),
    window: policy.window.optional(),
  })
  .refine(({ metric, window }) => (metric === 'concurrency') === (window == null), {
    error: 'everything but concurrency has a window',
    path: ['window'],
  })
/** What it counts stays: another count is another policy. */
export const PolicyChanges = z.strictObject({
  name: policy.name.optional(),
  max: policy.max.optional(),
  models: policy.models.optional(),
})
export const PolicyView = z.object({ id: z.string(), ...policy, created_at: time })
export type PolicyView = z.infer<typeof PolicyView>

const thresholds = z
  .array(
    z
      .number()
      .gt(0)
      .refine((share) => share <= 10, 'a share of the budget, at most 10: 0.5 is half of it'),
  )
  .max(10)
  .describe('Shares of the budget that are told once each')

export const BudgetWindow = z.enum(['day', 'month', 'total'])
const budget = {
  ...whom,
  window: BudgetWindow,
  usd: usd.nullable().describe('-1 or null = unlimited'),
  thresholds,
}
export const NewBudget = z.strictObject({
  ...budget,
  target: budget.target.optional(),
  models: budget.models.optional(),
  thresholds: thresholds.default([0.5, 0.8, 1]),
})
export const BudgetChanges = z.strictObject({
  name: budget.name.optional(),
  usd: budget.usd.optional(),
  models: budget.models.optional(),
  thresholds: thresholds.optional(),
})
export const BudgetView = z.object({
  id: z.string(),
  ...budget,
  usd: z.number().nullable(),
  created_at: time,
})
export type BudgetView = z.infer<typeof BudgetView>

const ofPolicies = { owner: 'auth', tag: 'Policies' } as const
const ofBudgets = { owner: 'auth', tag: 'Budgets' } as const
// A rule goes on limiting its tenant when its licence has ended, so whoever is limited may still see it and take it away.
const settingPolicies = { ...ofPolicies, feature: 'QUOTA_MANAGEMENT' } as const
const settingBudgets = { ...ofBudgets, feature: 'SPEND_BUDGETS' } as const

export const createPolicy = defineRoute({
  ...settingPolicies,
  id: 'policies.create',
  method: 'POST',
  path: '/v1/policies',
  summary: 'Limits requests, tokens or calls at once',
  access: admins,
  body: NewPolicy,
  status: 201,
  reply: PolicyView,
  errors: ['resource_not_found', 'limit_reached'],
})
export const listPolicies = defineRoute({
  ...ofPolicies,
  id: 'policies.list',
  method: 'GET',
  path: '/v1/policies',
  summary: 'Limit policies',
  access: readers,
  query: z.strictObject(pageQuery),
  status: 200,
  reply: pageOf(PolicyView),
})
export const readPolicy = defineRoute({
  ...ofPolicies,
  id: 'policies.read',
  method: 'GET',
  path: '/v1/policies/{id}',
  summary: 'One limit policy',
  access: readers,
  params: params.id,
  status: 200,
  reply: PolicyView,
  errors: ['resource_not_found'],
})
export const updatePolicy = defineRoute({
  ...settingPolicies,
  id: 'policies.update',
  method: 'PATCH',
  path: '/v1/policies/{id}',
  summary: 'Changes a limit policy; what was counted stays counted',
  access: admins,
  params: params.id,
  body: PolicyChanges,
  status: 200,
  reply: PolicyView,
  errors: ['resource_not_found'],
})
export const deletePolicy = defineRoute({
  ...ofPolicies,
  id: 'policies.delete',
  method: 'DELETE',
  path: '/v1/policies/{id}',
  summary: 'Removes a limit policy',
  access: admins,
  params: params.id,
  status: 204,
  errors: ['resource_not_found'],
})

export const createBudget = defineRoute({
  ...settingBudgets,
  id: 'budgets.create',
  method: 'POST',
  path: '/v1/budgets',
  summary: 'Limits what calls may cost',
  access: admins,
  body: NewBudget,
  status: 201,
  reply: BudgetView,
  errors: ['resource_not_found', 'limit_reached'],
})
export const listBudgets = defineRoute({
  ...ofBudgets,
  id: 'budgets.list',
  method: 'GET',
  path: '/v1/budgets',
  summary: 'Budgets as they are defined',
  access: readers,
  query: z.strictObject(pageQuery),
  status: 200,
  reply: pageOf(BudgetView),
})
export const readBudget = defineRoute({
  ...ofBudgets,
  id: 'budgets.read',
  method: 'GET',
  path: '/v1/budgets/{id}',
  summary: 'One budget as it is defined',
  access: readers,
  params: params.id,
  status: 200,
  reply: BudgetView,
  errors: ['resource_not_found'],
})
export const updateBudget = defineRoute({
  ...settingBudgets,
  id: 'budgets.update',
  method: 'PATCH',
  path: '/v1/budgets/{id}',
  summary: 'Changes a budget; what was spent stays spent',
  access: admins,
  params: params.id,
  body: BudgetChanges,
  status: 200,
  reply: BudgetView,
  errors: ['resource_not_found'],
})
export const deleteBudget = defineRoute({
  ...ofBudgets,
  id: 'budgets.delete',
  method: 'DELETE',
  path: '/v1/budgets/{id}',
  summary: 'Removes a budget',
  access: admins,
  params: params.id,
  status: 204,
  errors: ['resource_not_found'],
})

export const policyRoutes: readonly Route[] = [
  createPolicy,
  listPolicies,
  readPolicy,
  updatePolicy,
  deletePolicy,
  createBudget,
  listBudgets,
  readBudget,
  updateBudget,
  deleteBudget,
]
