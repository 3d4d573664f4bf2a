import { describe, expect, test } from '@jest/globals'
import { Access, type Role } from '@sluice/contracts/access'
import { Caller } from '@sluice/contracts/caller'
import { budgetRoutes } from '@sluice/contracts/http/routes/budgets'
import { quotaRoutes } from '@sluice/contracts/http/routes/quota'
import { spendRoutes } from '@sluice/contracts/http/routes/spend'
import type { Limit } from '@sluice/contracts/limits'
import { BudgetSubject, readBudgetsOf } from '@sluice/contracts/rpc/auth'
import { manage } from '@sluice/contracts/rpc/manage'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import { createMemoryGenerations } from '@sluice/generations/memory'
import { serveManagement } from '@sluice/management'
import { refuseUndeclared } from '@sluice/management/undeclared'
import { createMemoryUsageReports } from '@sluice/store/memory-usage-reports'
import { createMemoryUsageStore } from '@sluice/store/memory-usage-store'
import { newUsageRecord, billsOn } from '@sluice/store/testing/usage-records'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { callRpc, serveRpc } from '@sluice/work-queue/rpc'
import { systemClock } from '@sluice/kernel/clock'
import { limitHandlers } from './limits.ts'
import { spendHandlers } from './spend.ts'

const now = Date.UTC(2026, 0, 2, 12)

interface Asking {
  readonly role?: Role
  readonly user?: string | null
  readonly project?: string
  readonly key?: string
  readonly limits?: readonly Limit[]
  readonly tenant?: string
}

async function open(bills: readonly UsageRecord[]) {
  const clock = createFakeClock(now)
  const store = createMemoryUsageStore()
  const reports = createMemoryUsageReports(store)
  await store.record(bills, billsOn('gateway_usage'))
  const queue = createMemoryWorkQueue({ clock: systemClock })
  const generations = createMemoryGenerations({ clock })
  await serveManagement({
    queue,
    owner: 'usage',
    routes: [...spendRoutes, ...budgetRoutes, ...quotaRoutes],
    handlers: [
      ...spendHandlers({ reports, clock }),
      ...limitHandlers({ reports, store, generations, queue, clock }),
    ],
    onUndeclared: refuseUndeclared,
    audit: () => Promise.resolve(),
  })
  // What `auth` says of the tenant `default`: its key k1 is anna's, in the project p1.
  await serveRpc(queue, readBudgetsOf, async ({ tenantId, of }) => {
    const known = { k1: 'key', p1: 'project', anna: 'user' }
    const [kind = '', id = ''] = Object.entries(of)[0] ?? []
    if (tenantId !== 'default' || known[id as keyof typeof known] !== kind) return null
    const isKey = kind === 'key'
    const subject = BudgetSubject.parse({
      tenantId,
      projectId: isKey || kind === 'project' ? 'p1' : null,
      keyId: isKey ? 'k1' : null,
      userId: isKey || kind === 'user' ? 'anna' : null,
    })
    const scope = kind as Limit['scope']
    return { subject, limits: [{ ...budget, id: `budget:b1:${kind}:${id}`, scope }] }
  })
  const ask = async (route: string, query: object = {}, asking: Asking = {}) => {
    const { role = 'owner', user = null, project = 'p1', key = 'k1', limits = [] } = asking
    const ids = { tenantId: asking.tenant ?? 'default', projectId: project, keyId: key }
    const caller = Caller.parse({ ...ids, userId: user, keyName: key, models: null })
    const principal = { caller, access: Access.parse({ role, limits }) }
    const call = { route, principal, params: {}, query, body: null, headers: {} }
    return callRpc(
      queue,
      manage.usage,
      { ...call, address: '127.0.0.1', requestId: 'r' },
      { timeoutMs: 1_000 },
    )
  }
  const json = async (...args: Parameters<typeof ask>) =>
    (await ask(...args)).body as Record<string, never>
  return { ask, json, generations, store, clock }
}

/** Bills of two users, two keys and two projects, within the day before `now`. */
const bills: readonly UsageRecord[] = [
  { user_id: 'anna', key_id: 'k1', project_id: 'p1', amount_nano_usd: 1_500_000_000 },
  { user_id: 'ben', key_id: 'k2', project_id: 'p1', amount_nano_usd: 1, model: 'acme/slow' },
  { user_id: null, key_id: 'k3', project_id: 'p2', amount_nano_usd: 20, state: 'failed' },
  { user_id: 'anna', key_id: 'k1', project_id: 'p2', amount_nano_usd: 300, state: 'cancelled' },
  { tenant_id: 'other', key_id: 'k9', amount_nano_usd: 9 },
].map((changes, n) =>
  newUsageRecord(n, {
    accepted_at: now - (n + 1) * 3_600_000,
    finished_at: now - (n + 1) * 3_600_000 + 500,
    ...changes,
    error_code: changes.state === 'failed' ? 'upstream_error' : null,
  } as unknown as Partial<UsageRecord>),
)

const nothing = { object: 'list', data: [], has_more: false, last_id: null }

describe('M-249 reports', () => {
  test('say totals, a breakdown with the dearest first, and a series, all exact', async () => {
    const { json } = await open(bills)
    const report = await json('spend.report', { from: '2026-01-01', by: 'project' })
    expect(report).toMatchObject({
      by: 'project',
      group_by: 'day',
      totals: {
        requests: 4,
        failed: 1,
        cancelled: 1,
        error_rate: 0.25,
        cost_usd: '1.500000321',
        cost_nano_usd: 1_500_000_321,
        input_tokens: 40,
        output_tokens: 80,
      },
      breakdown: [
        { group: 'p1', requests: 2, cost_nano_usd: 1_500_000_001 },
        { group: 'p2', requests: 2, cost_nano_usd: 320 },
      ],
      series: [{ starts_at: '2026-01-02T00:00:00.000Z', requests: 4 }],
    })
  })

  test('tell several dimensions apart at once, as CSV too', async () => {
    const { ask, json } = await open(bills)
    const query = { from: '2026-01-01', by: 'project,user' }
    const { by, breakdown, totals } = (await json('spend.report', query)) as unknown as {
      by: string
      breakdown: {
        group: string
        groups: { project: string; user: string | null }
        requests: number
        cost_nano_usd: number
      }[]
      totals: { cost_nano_usd: number }
    }
    expect(by).toBe('project,user')
    const own = bills.filter((bill) => bill.tenant_id === 'default')
    const expected = Map.groupBy(own, (bill) => `${bill.project_id}/${String(bill.user_id)}`)
    expect(expected.size).toBeGreaterThan(2)
    const found = breakdown.map(({ groups: { project, user }, requests }) => [
      `${project}/${String(user)}`,
      requests,
    ])
    expect(new Map(found as [string, number][])).toEqual(
      new Map([...expected].map(([name, { length }]) => [name, length])),
    )
    for (const { group, groups } of breakdown) expect(group).toBe(groups.project)
    const costs = breakdown.map((row) => row.cost_nano_usd)
    expect(costs).toEqual(costs.toSorted((a, b) => b - a))
    expect(costs.reduce((sum, cost) => sum + cost, 0)).toBe(totals.cost_nano_usd)
    const csv = await ask('spend.report', { ...query, format: 'csv' })
    const lines = String(csv.body).split('\r\n')
    expect(lines[0]).toMatch(/^project,user,requests,/)
    expect(lines.slice(1, -1).map((line) => line.split(',').slice(0, 3))).toEqual(
      breakdown.map(({ groups: { project, user }, requests }) => [
        project,
        user ?? '',
        String(requests),
      ]),
    )
  })

  const visible: readonly (readonly [string, Asking, number])[] = [
    ['the owner sees the tenant', {}, 4],
    ['an admin sees the tenant', { role: 'admin' }, 4],
    ['a viewer sees the tenant', { role: 'viewer' }, 4],
    ['a project’s admin sees the project', { role: 'project_admin', project: 'p2' }, 2],
    ['a user sees their own, by whatever key', { role: 'user', user: 'anna', key: 'k8' }, 2],
    ['a key that is nobody’s sees its own', { role: 'user', key: 'k3' }, 1],
    ['another tenant sees its own', { tenant: 'other' }, 1],
  ]
  test.each(visible)('M-071 %s, and nothing else', async (_, asking, requests) => {
    const { json } = await open(bills)
    const report = await json('spend.report', { from: '2026-01-01' }, asking)
    expect(report).toMatchObject({ totals: { requests } })
    const list = await json('usage.list', {}, asking)
    expect(list['data']).toHaveLength(requests)
    expect(await json('usage.stats', {}, asking)).toMatchObject({ totals: { requests } })
  })

  test('a filter never shows more than the role does', async () => {
    const { json } = await open(bills)
    const anna: Asking = { role: 'user', user: 'anna' }
    for (const query of [{ user: 'ben' }, { key: 'k2' }, { project: 'p9' }]) {
      const report = await json('spend.report', { from: '2026-01-01', ...query }, anna)
      expect(report).toMatchObject({ totals: { requests: 0 }, breakdown: [], series: [] })
      expect(await json('usage.list', query, anna)).toEqual(nothing)
    }
    const admin: Asking = { role: 'project_admin', project: 'p1' }
    expect(await json('usage.list', { project: 'p2' }, admin)).toEqual(nothing)
  })

  test('the operator sees nobody’s money', async () => {
    const { ask } = await open(bills)
    for (const route of ['spend.report', 'usage.list', 'usage.stats'])
      await expect(ask(route, {}, { role: 'operator' })).rejects.toMatchObject({ status: 403 })
  })

  test('statistics name the dearest models and calls, and the errors', async () => {
    const { json } = await open(bills)
    const stats = await json('usage.stats', { limit: '1' })
    expect(stats).toMatchObject({
      average_duration_ms: 500,
      average_first_part_ms: 12,
      most_expensive_models: [{ group: 'acme/fast', requests: 3 }],
      most_expensive_calls: [{ cost_usd: '1.500000000', key_id: 'k1' }],
      errors: [{ code: 'upstream_error', requests: 1 }],
    })
  })

  test('a list is read page by page', async () => {
    const { json } = await open(bills)
    const ids: string[] = []
    let query = { limit: '3' }
    for (;;) {
      const page = (await json('usage.list', query)) as unknown as {
        data: { request_id: string }[]
        has_more: boolean
        last_id: string
      }
      ids.push(...page.data.map((row) => row.request_id))
      if (!page.has_more) break
      query = { limit: '3', after: page.last_id } as typeof query
    }
    const own = bills.filter((bill) => bill.tenant_id === 'default')
    expect(ids).toEqual(own.map((bill) => bill.request_id as string).toReversed())
  })

  test('as CSV there are the steps when they are asked for, never left out unsaid', async () => {
    const { ask } = await open(bills)
    const query = { from: '2026-01-01', format: 'csv' }
    const series = await ask('spend.report', { ...query, group_by: 'hour', user: 'anna' })
    const lines = String(series.body).split('\r\n')
    expect(lines[0]).toMatch(/^starts_at,requests,/)
    expect(lines.slice(1, -1).map((line) => line.split(',').slice(0, 2))).toEqual([
      ['2026-01-02T08:00:00.000Z', '1'],
      ['2026-01-02T11:00:00.000Z', '1'],
    ])
    expect(String((await ask('spend.report', { ...query, by: 'user' })).body)).toMatch(/^user,/)
    const both = ask('spend.report', { ...query, by: 'user', group_by: 'day' })
    await expect(both).rejects.toMatchObject({ status: 400, param: 'group_by' })
  })

  test('S-154 CSV runs nothing in a spreadsheet and says the same numbers', async () => {
    const names = ['=1+1', '+1', '-1', '@SUM(A1)', 'a "quoted", name', '\tx', 'plain']
    const odd = names.map((model, n) =>
      newUsageRecord(n, { accepted_at: now - 1_000, model, amount_nano_usd: 100 - n }),
    )
    const { ask } = await open(odd)
    const reply = await ask('spend.report', { format: 'csv' })
    expect(reply.headers).toMatchObject({ 'content-type': 'text/csv; charset=utf-8' })
    const lines = String(reply.body).split('\r\n')
    expect(lines[0]).toBe(
      'model,requests,failed,cancelled,input_tokens,output_tokens,cached_input_tokens,cache_write_tokens,reasoning_tokens,estimated,cost_usd,cost_nano_usd',
    )
    expect(lines.slice(1, -1).map((line) => line.split(',1,0,0')[0])).toEqual([
      `'=1+1`,
      `'+1`,
      `'-1`,
      `'@SUM(A1)`,
      `"a ""quoted"", name"`,
      `'\tx`,
      'plain',
    ])
    expect(lines[1]).toContain('0.000000100,100')
    const list = await ask('usage.list', { format: 'csv' })
    expect(String(list.body)).not.toMatch(/(^|,)[=+@]/m)
  })

  test.each([
    [{ from: '2026-01-03', to: '2026-01-01' }, 'from'],
    [{ from: '2020-01-01' }, 'from'],
    [{ from: 'yesterday' }, 'from'],
    [{ group_by: 'year' }, 'group_by'],
    [{ by: 'tenant' }, 'by'],
    [{ by: 'model,tenant' }, 'by'],
    [{ by: 'model,user,model' }, 'by'],
    [{ by: '' }, 'by'],
    [{ limit: '0' }, 'limit'],
    [{ model: 'nul \0' }, 'model'],
    [{ tenant: 'other' }, 'tenant'],
  ])('%j is refused by name', async (query, param) => {
    const { ask } = await open([])
    await expect(ask('spend.report', query)).rejects.toMatchObject({ status: 400, param })
  })
})

const budget: Limit = {
  id: 'budget:b1:user:anna',
  name: 'Anna a day',
  scope: 'user',
  metric: 'cost',
  window: 'day',
  max: 2_000_000_000,
  models: null,
  durable: true,
}

describe('what is left', () => {
  const anna: Asking = { role: 'user', user: 'anna' }

  test('M-245 a budget whose counter was lost is told from the ledger', async () => {
    const { json } = await open(bills)
    const { data } = await json('budgets.status', {}, { ...anna, limits: [budget] })
    expect(data).toEqual([
      {
        id: budget.id,
        name: budget.name,
        scope: 'user',
        window: 'day',
        max_usd: '2.000000000',
        used_usd: '1.500000300',
        reserved_usd: null,
        remaining_usd: '0.499999700',
        used_share: 0.75000015,
        reached: [],
        starts_at: '2026-01-02T00:00:00.000Z',
        resets_at: '2026-01-03T00:00:00.000Z',
        source: 'ledger',
      },
    ])
  })

  const money = (usd: string) => ({ data: [{ used_usd: usd }] })
  test.each([
    [{ project: 'p1' }, '1.500000001'],
    [{ key: 'k1' }, '1.500000300'],
    [{ user: 'anna' }, '1.500000300'],
  ])('M-245 an owner reads what is used of the budget of %p', async (query, used) => {
    const { json } = await open(bills)
    expect(await json('budgets.status', query)).toMatchObject(money(used))
  })

  const others: readonly (readonly [string, Asking, object, boolean])[] = [
    ['a viewer any of the tenant', { role: 'viewer' }, { user: 'anna' }, true],
    [
      'a project’s admin the project',
      { role: 'project_admin', project: 'p1' },
      { project: 'p1' },
      true,
    ],
    ['… and its keys', { role: 'project_admin', project: 'p1' }, { key: 'k1' }, true],
    ['… of no other project', { role: 'project_admin', project: 'p2' }, { key: 'k1' }, false],
    ['… nor people', { role: 'project_admin', project: 'p1' }, { user: 'anna' }, false],
    ['a user their own', anna, { key: 'k1' }, true],
    ['… nobody else’s', { role: 'user', user: 'ben' }, { key: 'k1' }, false],
    ['… nor the project’s', anna, { project: 'p1' }, false],
    ['a key that is nobody’s its own', { role: 'user', key: 'k1' }, { key: 'k1' }, true],
    ['… and no person’s', { role: 'user', key: 'k3' }, { user: 'anna' }, false],
    ['nobody what is not there', {}, { project: 'p7' }, false],
    ['nobody another tenant’s', { tenant: 'other' }, { key: 'k1' }, false],
  ]
  test.each(others)('M-071 of budgets sees %s', async (_, asking, query, isSeen) => {
    const { ask } = await open(bills)
    const asked = ask('budgets.status', query, asking).then(
      () => ({ status: 200 }),
      (thrown: unknown) => {
        const { status, param } = thrown as { status: number; param?: string }
        return { status, param }
      },
    )
    const [param] = Object.keys(query)
    expect(await asked).toEqual(isSeen ? { status: 200 } : { status: 404, param })
  })

  test('M-248 a quota is told from its counter, with what is left and when it begins anew', async () => {
    const { json, generations, clock } = await open(bills)
    const starts = Date.UTC(2026, 0, 2)
    const endsAt = starts + 86_400_000
    const counter = `${budget.id}:${String(starts)}`
    await generations.seedCounts('default' as never, [{ counter, used: 1_999_999_000, endsAt }])
    const perMinute: Limit = {
      ...budget,
      id: 'key:k1:requests:minute',
      metric: 'requests',
      window: 'minute',
      max: 10,
      durable: false,
    }
    const atOnce: Limit = {
      ...perMinute,
      id: 'key:k1:concurrency:now',
      metric: 'concurrency',
      window: null,
    }
    const limits = [budget, perMinute, atOnce]
    const { data } = await json('quota.status', {}, { ...anna, limits })
    expect(data).toMatchObject([
      {
        used: 1_999_999_000,
        remaining: 1_000,
        resets_at: '2026-01-03T00:00:00.000Z',
        source: 'counter',
      },
      { used: 0, remaining: 10, resets_at: '2026-01-02T12:01:00.000Z', source: 'none' },
      { used: 0, remaining: 10, resets_at: null },
    ])
    await clock.advance(12 * 3_600_000)
    const next = await json('quota.status', {}, { ...anna, limits: [budget] })
    expect(next['data']).toMatchObject([{ used: 0, remaining: budget.max, source: 'ledger' }])
  })
})
