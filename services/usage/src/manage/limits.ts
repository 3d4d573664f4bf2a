import { wholeList } from '@sluice/contracts/http/paging'
import { readBudgets } from '@sluice/contracts/http/routes/budgets'
import { readQuota } from '@sluice/contracts/http/routes/quota'
import type { Limit } from '@sluice/contracts/limits'
import { type BudgetSubject, readBudgetsOf } from '@sluice/contracts/rpc/auth'
import type { Principal } from '@sluice/contracts/rpc/manage'
import type { Generations } from '@sluice/generations'
import type { Clock } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import { counterName, type TimeWindow, windowOf } from '@sluice/kernel/window-of'
import { handle, type Handled } from '@sluice/management'
import type { UsageReports } from '@sluice/store/usage-reports'
import type { UsageStore } from '@sluice/store/usage-store'
import type { WorkQueue } from '@sluice/work-queue'
import { callRpc } from '@sluice/work-queue/rpc'
import { usageErrors } from '../errors.ts'
import type { z } from 'zod'
import { readCounts } from '../read-counts.ts'
import { iso, usd } from './views.ts'
import { seesBudgetsOf } from './whose.ts'

export interface LimitsContext {
  readonly reports: UsageReports
  readonly store: Pick<UsageStore, 'reached'>
  readonly generations: Pick<Generations, 'readCounts'>
  /** To ask `auth` which budgets others have. */
  readonly queue: WorkQueue
  readonly clock: Clock
}

interface Level {
  readonly limit: Limit
  readonly window: TimeWindow | null
  readonly used: number
  /** Null: the counter is not there. */
  readonly reserved: number | null
  readonly source: 'counter' | 'ledger' | 'none'
}

export function limitHandlers(context: LimitsContext): readonly Handled[] {
  return [
    handle(readQuota, async ({ principal }) => {
      const levels = await levelsOf(principal.caller, principal.access.limits, context)
      const data = levels.map(({ limit, window, used, reserved, source }) => ({
        id: limit.id,
        name: limit.name,
        scope: limit.scope,
        metric: limit.metric,
        window: limit.window,
        models: limit.models,
        max: limit.max,
        used,
        reserved: reserved ?? 0,
        remaining: Math.max(0, limit.max - used - (reserved ?? 0)),
        ...times(window),
        source,
      }))
      return { body: wholeList(data) }
    }),

    handle(readBudgets, async ({ principal, query }) => {
      const { subject, limits } = await budgetsFor(principal, query, context)
      const budgets = limits.filter((limit) => limit.metric === 'cost')
      const levels = await levelsOf(subject, budgets, context)
      const data = await Promise.all(
        levels.map(async ({ limit, window, used, reserved, source }) => {
          const startsAt = window?.startsAt ?? 0
          const { tenantId } = principal.caller
          const reached = await context.store.reached(tenantId, limit.id, startsAt)
          return {
            id: limit.id,
            name: limit.name,
            scope: limit.scope,
            window: limit.window ?? ('total' as const),
            max_usd: usd(BigInt(limit.max)),
            used_usd: usd(BigInt(used)),
            reserved_usd: reserved === null ? null : usd(BigInt(reserved)),
            remaining_usd: usd(BigInt(Math.max(0, limit.max - used - (reserved ?? 0)))),
            used_share: limit.max === 0 ? 1 : used / limit.max,
            reached: [...reached],
            starts_at: iso(startsAt),
            resets_at: times(window).resets_at,
            source: source === 'none' ? ('ledger' as const) : source,
          }
        }),
      )
      return { body: wholeList(data) }
    }),
  ]
}

/** Those of the key, project or user that is asked for, otherwise the caller's own. */
async function budgetsFor(
  principal: Principal,
  { project, key, user }: z.output<NonNullable<typeof readBudgets.query>>,
  { queue }: LimitsContext,
): Promise<{ readonly subject: BudgetSubject; readonly limits: readonly Limit[] }> {
  const { caller, access } = principal
  const of =
    project !== undefined
      ? { project }
      : key !== undefined
        ? { key }
        : user !== undefined
          ? { user }
          : null
  if (of === null) return { subject: caller, limits: access.limits }
  const found = await callRpc(queue, readBudgetsOf, { tenantId: caller.tenantId, of }, rpc)
  if (found && seesBudgetsOf(principal, found.subject)) return found
  const [param = ''] = Object.keys(of)
  throw new GatewayError(usageErrors.resource_not_found, `There is no such ${param}`, { param })
}

const rpc = { timeoutMs: 2_000 }

/** From the counters that admission goes by; where one was lost, what the ledger has. */
async function levelsOf(
  subject: BudgetSubject,
  limits: readonly Limit[],
  { generations, reports, clock }: LimitsContext,
): Promise<readonly Level[]> {
  const now = clock.now()
  const windows = limits.map(({ window }) => (window === null ? null : windowOf(window, now)))
  const names = limits.map(({ id }, i) => counterName(id, windows[i] ?? null))
  const counts = await generations.readCounts(subject.tenantId, names)
  const lost = limits.filter((limit, i) => !counts[i] && limit.durable)
  const billed = lost.length === 0 ? {} : await readCounts(reports, subject, lost, now)
  return limits.map((limit, i) => {
    const window = windows[i] ?? null
    const count = counts[i]
    if (count) return { limit, window, ...count, source: 'counter' }
    const used = billed[limit.id]
    if (used === undefined) return { limit, window, used: 0, reserved: null, source: 'none' }
    return { limit, window, used, reserved: null, source: 'ledger' }
  })
}

function times(window: TimeWindow | null) {
  if (window === null) return { starts_at: null, resets_at: null }
  return {
    starts_at: iso(window.startsAt),
    resets_at: window.endsAt === null ? null : iso(window.endsAt),
  }
}
