import { listUsage, readStats, spendReport } from '@sluice/contracts/http/routes/spend'
import type { RequestId } from '@sluice/contracts/ids'
import type { Clock } from '@sluice/kernel/clock'
import { handle, type Handled } from '@sluice/management'
import { noSums, type UsageReports } from '@sluice/store/usage-reports'
import { csvReply, toCsv } from './csv.ts'
import { periodOf, wholeHours } from './period.ts'
import { billColumns, billView, iso, sumColumns, sumsView } from './views.ts'
import { visibleBills } from './whose.ts'

export interface SpendContext {
  readonly reports: UsageReports
  readonly clock: Clock
}

/** Sums may go back two years; lists go through the rows themselves. */
const ofSums = { defaultDays: 30, maxDays: 732 } as const
const ofRows = { defaultDays: 1, maxDays: 93 } as const

export function spendHandlers({ reports, clock }: SpendContext): readonly Handled[] {
  return [
    handle(spendReport, async ({ principal, query }) => {
      const period = wholeHours(periodOf(query, clock.now(), ofSums))
      const filter = visibleBills(principal, query)
      const [totals, groups, series] = filter
        ? await Promise.all([
            reports.totals(filter, period),
            reports.groups(filter, period, query.by, query.limit),
            reports.series(filter, period, query.group_by),
          ])
        : [noSums, [], []]
      const breakdown = groups.map((row) => ({ group: row.group, ...sumsView(row) }))
      if (query.format === 'csv') {
        const rows = breakdown.map((row) => [row.group, ...sumColumns.map((column) => row[column])])
        return csvReply(`spend-by-${query.by}`, toCsv([query.by, ...sumColumns], rows))
      }
      const body = {
        from: iso(period.from),
        to: iso(period.to),
        group_by: query.group_by,
        by: query.by,
        totals: sumsView(totals),
        breakdown,
        series: series.map((row) => ({ starts_at: iso(row.startsAt), ...sumsView(row) })),
      }
      return { body }
    }),

    handle(listUsage, async ({ principal, query }) => {
      const period = periodOf(query, clock.now(), ofRows)
      const filter = visibleBills(principal, query)
      const before = (query.after ?? null) as RequestId | null
      const bills = filter
        ? await reports.bills(filter, period, { before, limit: query.limit + 1 })
        : []
      const data = bills.slice(0, query.limit).map(billView)
      if (query.format === 'csv') {
        const rows = data.map((row) => billColumns.map((column) => row[column]))
        return csvReply('usage', toCsv(billColumns, rows))
      }
      const last_id = data.at(-1)?.request_id ?? null
      return {
        body: { object: 'list' as const, data, has_more: bills.length > query.limit, last_id },
      }
    }),

    handle(readStats, async ({ principal, query }) => {
      const period = wholeHours(periodOf(query, clock.now(), ofRows))
      const filter = visibleBills(principal, query)
      const [totals, models, calls, errors] = filter
        ? await Promise.all([
            reports.totals(filter, period),
            reports.groups(filter, period, 'model', query.limit),
            reports.dearest(filter, period, query.limit),
            reports.errors(filter, period),
          ])
        : [noSums, [], [], []]
      const body = {
        from: iso(period.from),
        to: iso(period.to),
        totals: sumsView(totals),
        average_duration_ms: average(totals.durationMs, totals.requests),
        average_first_part_ms: average(totals.firstPartMs, totals.firstParts),
        most_expensive_models: models.map((row) => ({ group: row.group, ...sumsView(row) })),
        most_expensive_calls: calls.map(billView),
        errors: errors.slice(0, query.limit).map(({ code, requests }) => ({ code, requests })),
      }
      return { body }
    }),
  ]
}

function average(sum: number, count: number): number | null {
  return count === 0 ? null : sum / count
}
