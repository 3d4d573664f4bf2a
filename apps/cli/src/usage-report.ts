import { readAdaptersConfig } from '@sluice/adapters/adapters-config'
import { spendReport } from '@sluice/contracts/http/routes/spend'
import { systemClock } from '@sluice/kernel/clock'
import { defineErrors, GatewayError } from '@sluice/kernel/errors'
import { createPostgresAuthStore } from '@sluice/store-postgres/postgres-auth-store'
import { createPostgresUsageReports } from '@sluice/store-postgres/postgres-usage-reports'
import { periodOf, wholeHours } from '@sluice/usage/manage/period'
import { dimensionsOf, groupView, iso, sumsView } from '@sluice/usage/manage/views'
import { checkCall } from './check-call.ts'
import { type CommandContext, print } from './command.ts'
import { openExisting } from './open-existing.ts'
import type { ReportOptions } from './usage-commands.ts'

const errors = defineErrors({
  tenant_not_found: { status: 404, retryable: false, title: 'There is no such tenant' },
})

export async function reportUsage(context: CommandContext, options: ReportOptions): Promise<void> {
  const { tenant: tenantId, ...asked } = options
  const query = checkCall(spendReport.query ?? neverAbsent(), asked) as {
    from?: string
    to?: string
    by?: string
    limit: number
  }
  const bounds = { defaultDays: 30, maxDays: 732 }
  const period = wholeHours(periodOf(query, systemClock.now(), bounds))
  await using database = await openExisting(readAdaptersConfig(context.env, 0))
  const reports = await createPostgresUsageReports(database)
  const totals = sumsView(await reports.totals({ tenantId }, period))
  if (totals.requests === 0) {
    const { tenants } = await createPostgresAuthStore(database)
    if (!(await tenants.find(tenantId, tenantId))) throw new GatewayError(errors.tenant_not_found)
  }
  const { by = 'model' } = query
  const dimensions = dimensionsOf(by)
  const groups = await reports.groups({ tenantId }, period, dimensions, query.limit)
  const breakdown = groups.map((row) => groupView(row, dimensions))
  const result = { tenant: tenantId, from: iso(period.from), to: iso(period.to), by }
  const line = ({ cost_usd, requests }: typeof totals, name: string) =>
    [cost_usd, String(requests), name].join('\t')
  const lines = groups.map(({ groups: names }, i) =>
    line(breakdown[i] ?? totals, names.map((name) => name ?? '-').join('\t')),
  )
  print(context, { ...result, totals, breakdown }, [...lines, line(totals, 'total')].join('\n'))
}

function neverAbsent(): never {
  throw new Error('the row of the report has a query')
}
