import { openGenerations } from '@sluice/adapters/adapters'
import { readAdaptersConfig } from '@sluice/adapters/adapters-config'
import type { TenantId } from '@sluice/contracts/ids'
import type { Limit } from '@sluice/contracts/limits'
import { systemClock } from '@sluice/kernel/clock'
import { createLogger } from '@sluice/kernel/logger'
import { counterName, windowOf } from '@sluice/kernel/window-of'
import { createPostgresAuthStore } from '@sluice/store-postgres/postgres-auth-store'
import { createPostgresReconciliationStore } from '@sluice/store-postgres/postgres-reconciliation-store'
import { createPostgresUsageReports } from '@sluice/store-postgres/postgres-usage-reports'
import type { Budget } from '@sluice/store/tenancy'
import type { UsageReports } from '@sluice/store/usage-reports'
import { periodOf, wholeHours } from '@sluice/usage/manage/period'
import { iso } from '@sluice/usage/manage/views'
import { readCounts } from '@sluice/usage/read-counts'
import { type CommandContext, print } from './command.ts'
import { openExisting } from './open-existing.ts'
import type { PeriodOptions } from './period-options.ts'

/** Whom a budget counts apart, at most: dearest first. */
const maxSubjects = 100_000
const page = 1_000

/**
 * Sums first, then the counters of budgets that are made from them. Counters in memory go with their process and are made anew when it starts; those in
 * Redis are raised to what the ledger has. Safe to repeat, and while the gateway runs on servers.
 */
export async function rebuildBudgets(
  context: CommandContext,
  options: PeriodOptions,
): Promise<void> {
  const now = systemClock.now()
  const period = wholeHours(periodOf(options, now, { defaultDays: 31, maxDays: 732 }))
  const config = readAdaptersConfig(context.env, 0)
  await using database = await openExisting(config)
  const books = await createPostgresReconciliationStore(database)
  const wrong = await books.wrongHours(period)
  await books.mendHours(wrong)
  let raised = 0
  if (config.redis) {
    const logger = createLogger({ service: 'cli', level: 'silent' })
    await using generations = await openGenerations(config, { clock: systemClock, logger })
    const reports = await createPostgresUsageReports(database)
    const { budgets } = await createPostgresAuthStore(database)
    for await (const budget of allBudgets(budgets)) {
      const seeds = await seedsOf(budget, reports, now)
      await generations.seedCounts(budget.tenantId as TenantId, seeds)
      raised += seeds.length
    }
  }
  const hours = wrong.map(iso)
  print(
    context,
    { from: iso(period.from), to: iso(period.to), mended_hours: hours, counters: raised },
    `${String(hours.length)} hours were summed anew, ${String(raised)} counters of budgets raised to the ledger.`,
  )
}

async function* allBudgets(budgets: {
  list(tenantId: null, page: { limit: number; after: string | null }): Promise<readonly Budget[]>
}): AsyncIterable<Budget> {
  let after: string | null = null
  for (;;) {
    const found: readonly Budget[] = await budgets.list(null, { limit: page, after })
    yield* found
    after = found.at(-1)?.id ?? null
    if (found.length < page || after === null) return
  }
}

/** One for each whom the budget counts apart and who has a bill in its window. Those of one model each are raised by their next call. */
async function seedsOf(budget: Budget, reports: UsageReports, now: number) {
  const { tenantId, id, scope, target, window, models } = budget
  if (scope === 'model' || budget.maxNanoUsd === null) return []
  const { startsAt, endsAt } = windowOf(window, now)
  const counted = scope === 'tenant' ? [null] : await subjectsOf(budget, reports, startsAt, now)
  return Promise.all(
    counted
      .filter((subject) => target === null || subject === null || subject === target)
      .map(async (subject) => {
        const limit: Limit = {
          id: subject === null ? `budget:${id}` : `budget:${id}:${scope}:${subject}`,
          name: budget.name,
          scope,
          metric: 'cost',
          window,
          max: budget.maxNanoUsd ?? 0,
          models: models === null ? null : [...models],
          durable: true,
        }
        const ids = { tenantId, projectId: subject, keyId: subject, userId: subject }
        const used = await readCounts(reports, ids as never, [limit], now)
        const counter = counterName(limit.id, { startsAt, endsAt })
        return { counter, used: used[limit.id] ?? 0, endsAt }
      }),
  )
}

async function subjectsOf(
  { tenantId, scope }: Budget,
  reports: UsageReports,
  from: number,
  to: number,
): Promise<readonly string[]> {
  const by = scope as 'project' | 'user' | 'key'
  const groups = await reports.groups({ tenantId }, wholeHours({ from, to }), [by], maxSubjects)
  return groups.flatMap(({ groups: [subject] }) => subject ?? [])
}
