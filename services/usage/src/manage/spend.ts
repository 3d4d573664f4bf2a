import {
  listUsage,
  readStats,
  spendReport,
  type SumsView,
} from '@sluice/contracts/http/routes/spend'
import type { RequestId } from '@sluice/contracts/ids'
import type { Clock } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import { handle, type Handled } from '@sluice/management'
import { managementErrors } from '@sluice/management/errors'
import { noSums, type UsageReports } from '@sluice/store/usage-reports'
import { csvReply, toCsv } from './csv.ts'
import { periodOf, wholeHours } from './period.ts'
import {
  billColumns,
  billView,
  dimensionsOf,
  groupView,
  iso,
  sumColumns,
  sumsView,
} from './views.ts'
import { visibleBills } from './whose.ts'

export interface SpendContext {
  readonly reports: UsageReports
  readonly clock: Clock
}

/** Sums may go back two years; lists go through the rows themselves. */
const ofSums = { defaultDays: 30, maxDays: 732 } as const
const ofRows = { defaultDays: 1, maxDays: 93 } as const

const bothAsCsv =
  'group_by: as CSV a report is the breakdown (by) or the series (group_by), not one by the other. The series of one model, user or key: with it as a filter'

export function spendHandlers({ reports, clock }: SpendContext): readonly Handled[] {
  return [
    handle(spendReport, async ({ principal, query }) => {
      const period = wholeHours(periodOf(query, clock.now(), ofSums))
      const { by = 'model', group_by: step = 'day', format } = query
      const dimensions = dimensionsOf(by)
      if (format === 'csv' && query.by !== undefined && query.group_by !== undefined)
        throw new GatewayError(managementErrors.invalid_request, bothAsCsv, { param: 'group_by' })
      const filter = visibleBills(principal, query)
      const [totals, groups, steps] = filter
        ? await Promise.all([
            reports.totals(filter, period),
            reports.groups(filter, period, dimensions, query.limit),
            reports.series(filter, period, step),
          ])
        : [noSums, [], []]
      const breakdown = groups.map((row) => groupView(row, dimensions))
      const series = steps.map((row) => ({ starts_at: iso(row.startsAt), ...sumsView(row) }))
      if (format === 'csv') {
        const cells = (row: SumsView) => sumColumns.map((column) => row[column])
        if (query.group_by !== undefined) {
          const rows = series.map((row) => [row.starts_at, ...cells(row)])
          return csvReply(`spend-by-${step}`, toCsv(['starts_at', ...sumColumns], rows))
        }
        const rows = breakdown.map((row, i) => [...(groups[i]?.groups ?? []), ...cells(row)])
        const name = `spend-by-${dimensions.join('-')}`
        return csvReply(name, toCsv([...dimensions, ...sumColumns], rows))
      }
      const body = {
        from: iso(period.from),
        to: iso(period.to),
        group_by: step,
        by,
        totals: sumsView(totals),
        breakdown,
        series,
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
            reports.groups(filter, period, ['model'], query.limit),
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
        most_expensive_models: models.map((row) => ({
          group: row.groups[0] ?? null,
          ...sumsView(row),
        })),
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
