import { expect, test } from '@jest/globals'
import { Caller } from '@sluice/contracts/caller'
import { Limit } from '@sluice/contracts/limits'
import { createMemoryUsageReports } from '@sluice/store/memory-usage-reports'
import { createMemoryUsageStore } from '@sluice/store/memory-usage-store'
import { newUsageRecord, billsOn } from '@sluice/store/testing/usage-records'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import { readCounts } from './read-counts.ts'

const at = Date.UTC(2026, 0, 2, 12, 30, 30)
const caller = Caller.parse({
  tenantId: 'default',
  projectId: 'p1',
  keyId: 'k1',
  userId: 'anna',
  keyName: 'k1',
  models: null,
})

const bills = [
  {},
  { key_id: 'k2' },
  { project_id: 'p2' },
  { user_id: null },
  { requested_model: 'other/slow' },
  { accepted_at: at - 60_000 },
  { accepted_at: at - 86_400_000 },
  { accepted_at: at - 40 * 86_400_000 },
  { tenant_id: 'other' },
  { provider: null, requested_model: 'acme/made-up', amount_nano_usd: 0 },
].map((changes, n) =>
  newUsageRecord(n, {
    project_id: 'p1',
    key_id: 'k1',
    user_id: 'anna',
    accepted_at: at,
    requested_model: 'acme/fast',
    amount_nano_usd: 10 ** n,
    ...changes,
  } as unknown as Partial<UsageRecord>),
)

test('M-245, S-139 a lost count is that of the bills of whom it counts, in its window, of its models', async () => {
  const store = createMemoryUsageStore()
  await store.record(bills, billsOn('gateway_usage'))
  const reports = createMemoryUsageReports(store)
  const limits = [
    { id: 'tenant', scope: 'tenant', metric: 'requests', window: 'day' },
    { id: 'project', scope: 'project', metric: 'cost', window: 'day' },
    { id: 'user', scope: 'user', metric: 'cost', window: 'month' },
    { id: 'key', scope: 'key', metric: 'cost', window: 'day' },
    { id: 'family', scope: 'key', metric: 'cost', window: 'day', keys: ['k0', 'k1', 'k2'] },
    { id: 'minute', scope: 'key', metric: 'cost', window: 'minute' },
    { id: 'total', scope: 'key', metric: 'tokens', window: 'total' },
    { id: 'models', scope: 'model', metric: 'requests', window: 'day', models: ['acme/*'] },
    { id: 'held', scope: 'key', metric: 'concurrency', window: null },
  ].map((limit) => Limit.parse({ name: limit.id, max: 1, ...limit }))
  expect(await readCounts(reports, caller, limits, at)).toEqual({
    tenant: 7,
    project: 1 + 10 + 1_000 + 10_000 + 100_000,
    user: 1 + 10 + 100 + 10_000 + 100_000 + 1_000_000,
    key: 1 + 100 + 1_000 + 10_000 + 100_000,
    family: 1 + 10 + 100 + 1_000 + 10_000 + 100_000,
    minute: 1 + 100 + 1_000 + 10_000,
    total: 8 * 30,
    models: 6,
    held: 0,
  })
})
