import { expect, test } from '@jest/globals'
import type { Limit } from '@sluice/contracts/limits'
import { requestWithBudgets } from './admission.ts'

const limit = (id: string, metric: Limit['metric']): Limit => ({
  id,
  name: id,
  scope: 'tenant',
  metric,
  window: 'day',
  max: 1,
  models: null,
  durable: false,
})
const counted = (...limits: readonly Limit[]) =>
  limits.map((each) => ({ limit: each, window: null }))

test('M-246 a generation names the budgets that it counts against, and no other limit', () => {
  const request = { id: 'r' } as never
  const budget = limit('b1', 'cost')
  const other = limit('l1', 'requests')
  expect(requestWithBudgets(request, counted(other, budget))).toEqual({
    id: 'r',
    budgets: [budget],
  })
  expect(requestWithBudgets(request, counted(other))).toBe(request)
})
