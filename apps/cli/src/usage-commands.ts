import type { Command } from 'commander'
import type { CommandContext } from './command.ts'
import { moment, type PeriodOptions } from './period-options.ts'

/** `sluice usage …`: on the database; a gateway on the same embedded database must not run. */
export function addUsageCommands(program: Command, context: () => CommandContext): void {
  const usage = program.command('usage').description('what was spent, and whether the books agree')
  usage
    .command('report')
    .description('what a tenant spent: totals, and by one dimension or several, the dearest first')
    .option('--tenant <id>', 'whose', 'default')
    .option('--from <time>', 'RFC 3339 or a date, UTC; default: 30 days before the end', moment)
    .option('--to <time>', 'its end; a date is the whole day; default: now', moment)
    .option(
      '--by <dimensions>',
      'model, project, user, key, channel or provider; several as model,user',
      'model',
    )
    .action(async (options: ReportOptions) => {
      const { reportUsage } = await import('./usage-report.ts')
      await reportUsage(context(), options)
    })
  usage
    .command('reconcile')
    .description(
      'compare ledger, event log, kept answers and sums, to the unit; exit code 1 when they differ',
    )
    .option('--from <time>', 'RFC 3339 or a date, UTC; default: yesterday', moment)
    .option(
      '--to <time>',
      'its end; a date is the whole day; default: the end of yesterday',
      moment,
    )
    .action(async (options: PeriodOptions) => {
      const { reconcileUsage } = await import('./usage-reconcile.ts')
      await reconcileUsage(context(), options)
    })
  usage
    .command('rebuild-budgets')
    .description(
      'make sums by the hour anew from the bills, and raise the counters of budgets to them',
    )
    .option('--from <time>', 'RFC 3339 or a date, UTC; default: 31 days ago', moment)
    .option('--to <time>', 'its end; a date is the whole day; default: now', moment)
    .action(async (options: PeriodOptions) => {
      const { rebuildBudgets } = await import('./usage-rebuild.ts')
      await rebuildBudgets(context(), options)
    })
}

export interface ReportOptions extends PeriodOptions {
  readonly tenant: string
  readonly by: string
}
