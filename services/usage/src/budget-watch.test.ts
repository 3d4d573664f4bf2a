import { expect, test } from '@jest/globals'
import type { Limit } from '@sluice/contracts/limits'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import { BudgetThresholdReached } from '@sluice/contracts/topics/budget-threshold-reached'
import { systemClock } from '@sluice/kernel/clock'
import { createLogger } from '@sluice/kernel/logger'
import { createMemoryUsageReports } from '@sluice/store/memory-usage-reports'
import { createMemoryUsageStore } from '@sluice/store/memory-usage-store'
import { newUsageRecord, billsOn } from '@sluice/store/testing/usage-records'
import { Registry } from 'prom-client'
import { BudgetWatch } from './budget-watch.ts'
import { createUsageMetrics } from './metrics.ts'

const budget: Limit = {
  id: 'budget:b1',
  name: 'all of us',
  scope: 'tenant',
  metric: 'cost',
  window: 'day',
  max: 1_000,
  models: null,
  durable: true,
}
const day = 86_400_000
const noon = Date.UTC(2026, 0, 2, 12)

function open(replicas = 1) {
  const store = createMemoryUsageStore()
  const reports = createMemoryUsageReports(store)
  const lines: string[] = []
  const logger = createLogger({
    service: 'usage',
    level: 'info',
    destination: { write: (line) => lines.push(line) },
  })
  const registry = new Registry()
  const none = () => Promise.resolve(0)
  const metrics = createUsageMetrics(registry, { unbilled: none }, { outboxMaxEvents: 1 })
  const context = { store, reports, clock: systemClock, logger, metrics }
  const watches = Array.from({ length: replicas }, () => new BudgetWatch(context))
  let n = 0
  const bill = (amount: number, changes: Partial<UsageRecord> = {}) =>
    newUsageRecord((n += 1), {
      accepted_at: noon,
      amount_nano_usd: amount,
      budgets: [budget],
      ...changes,
    })
  const spend = async (records: readonly UsageRecord[]) => {
    await store.record(records, billsOn('gateway_usage'))
    await Promise.all(watches.map((watch) => watch.look(records)))
  }
  const told = async () => {
    const notices: BudgetThresholdReached[] = []
    const topic = 'sluice.budget.threshold-reached.v1'
    await store.relay(topic, { limit: 1_000, inOrder: true }, async (events) => {
      for (const { value } of events) notices.push(BudgetThresholdReached.parse(JSON.parse(value)))
      return []
    })
    return notices
  }
  return { store, registry, lines, bill, spend, told }
}

test('M-246 50 %, 80 % and 100 % of a budget are told once each, by however many processes', async () => {
  const { bill, spend, told, registry, lines } = open(3)
  for (let i = 0; i < 30; i += 1) await spend([bill(50)])
  const notices = await told()
  expect(notices.map(({ threshold, used_nano_usd }) => [threshold, used_nano_usd])).toEqual([
    [0.5, 500],
    [0.8, 800],
    [1, 1_000],
  ])
  expect(notices[0]).toMatchObject({
    tenant_id: 'default',
    budget_id: 'budget:b1',
    starts_at: Date.UTC(2026, 0, 2),
    max_nano_usd: 1_000,
  })
  expect(await registry.metrics()).toMatch(/^gateway_budget_thresholds_total 3$/m)
  expect(lines.filter((line) => line.includes('a threshold of a budget was reached'))).toHaveLength(
    3,
  )
})

test('M-246 a bill that passes several thresholds at once tells all of them; every window tells anew', async () => {
  const { bill, spend, told } = open()
  await spend([bill(5_000), bill(1, { accepted_at: noon + day })])
  await spend([bill(499, { accepted_at: noon + day })])
  expect((await told()).map(({ starts_at, threshold }) => [starts_at, threshold])).toEqual([
    [Date.UTC(2026, 0, 2), 0.5],
    [Date.UTC(2026, 0, 2), 0.8],
    [Date.UTC(2026, 0, 2), 1],
    [Date.UTC(2026, 0, 3), 0.5],
  ])
})

test('a budget says its own thresholds', async () => {
  const { bill, spend, told } = open()
  await spend([bill(100, { budgets: [{ ...budget, thresholds: [0.1, 0.2] }] })])
  expect((await told()).map(({ threshold }) => threshold)).toEqual([0.1])
})

test('bills that come again tell nothing again, also to a process that knows nothing yet', async () => {
  const { bill, spend, told, store } = open()
  const first = bill(600)
  await spend([first])
  await spend([first])
  const others = open()
  await others.store.record([], billsOn('gateway_usage'))
  expect(await told()).toHaveLength(1)
  expect(await store.reached('default', 'budget:b1', Date.UTC(2026, 0, 2))).toEqual([0.5])
})
