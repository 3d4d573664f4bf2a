import type { Limit } from '@sluice/contracts/limits'
import type { BudgetSubject } from '@sluice/contracts/rpc/auth'
import { windowOf } from '@sluice/kernel/window-of'
import type { BillFilter, Counts, Period, UsageReports } from '@sluice/store/usage-reports'

/** Past every moment that a call can have been accepted in; a whole hour. */
const never = 8_640_000_000_000_000 - (8_640_000_000_000_000 % 3_600_000)

/** What the ledger has of the window of each limit that `at` lies in, by the limit's id and in the unit of its `max`. */
export async function readCounts(
  reports: UsageReports,
  caller: BudgetSubject,
  limits: readonly Limit[],
  at: number,
): Promise<Record<string, number>> {
  const counts = await Promise.all(
    limits.map(async (limit) => [limit.id, await countOf(reports, caller, limit, at)] as const),
  )
  return Object.fromEntries(counts)
}

async function countOf(
  reports: UsageReports,
  caller: BudgetSubject,
  limit: Limit,
  at: number,
): Promise<number> {
  // What is only held while a call runs is in no ledger.
  if (limit.metric === 'concurrency' || limit.window === null) return 0
  const filter = filterOf(limit, caller)
  if (filter === null) return 0
  const { startsAt, endsAt } = windowOf(limit.window, at)
  const period: Period = { from: startsAt, to: endsAt ?? never }
  if (!limit.keys) return amountOf(limit, await reports.counts(filter, period, limit.models))
  const amounts = await Promise.all(
    limit.keys.map(async (keyId) =>
      amountOf(limit, await reports.counts({ ...filter, keyId }, period, limit.models)),
    ),
  )
  return Math.min(
    Number.MAX_SAFE_INTEGER,
    amounts.reduce((sum, amount) => sum + amount, 0),
  )
}

function filterOf(
  { scope }: Limit,
  { tenantId, projectId, keyId, userId }: BudgetSubject,
): BillFilter | null {
  switch (scope) {
    case 'tenant':
    case 'model':
      return { tenantId }
    case 'project':
      return projectId === null ? null : { tenantId, projectId }
    case 'key':
      return keyId === null ? null : { tenantId, keyId }
    case 'user':
      return userId === null ? null : { tenantId, userId }
  }
}

function amountOf({ metric }: Limit, { requests, tokens, amountNanoUsd }: Counts): number {
  if (metric === 'requests') return requests
  const amount = metric === 'tokens' ? tokens : amountNanoUsd
  // No maximum is larger: what is beyond it is over it.
  return amount > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(amount)
}
