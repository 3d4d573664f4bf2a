import { openEventLog } from '@sluice/adapters/adapters'
import { readAdaptersConfig } from '@sluice/adapters/adapters-config'
import { lakeTables } from '@sluice/contracts/lake/tables'
import { systemClock } from '@sluice/kernel/clock'
import { defineErrors, GatewayError } from '@sluice/kernel/errors'
import { createLogger } from '@sluice/kernel/logger'
import { reconcileLake } from '@sluice/lake/reconcile'
import { createPostgresReconciliationStore } from '@sluice/store-postgres/postgres-reconciliation-store'
import { iso } from '@sluice/usage/manage/views'
import { type CommandContext, print } from './command.ts'
import { openExisting } from './open-existing.ts'
import { isInFolder, openLake } from './open-lake.ts'
import type { PeriodOptions } from './period-options.ts'
import { yesterdayUnless } from './yesterday.ts'

const errors = defineErrors({
  lake_differs: { status: 500, retryable: false, title: 'The lake differs from its sources' },
})

export async function reconcileLakeTables(
  context: CommandContext,
  options: PeriodOptions,
): Promise<void> {
  const period = yesterdayUnless(options, systemClock.now())
  const config = readAdaptersConfig(context.env, 0)
  const logger = createLogger({ service: 'cli', level: 'silent' })
  await using database = await openExisting(config)
  await using events = isInFolder(context.env)
    ? await openEventLog(config, database, { clock: systemClock, logger })
    : null
  await using lake = await openLake(context.env, events)
  const ledger = await createPostgresReconciliationStore(database)
  const found = await reconcileLake(lake, lakeTables, period, (asked) => ledger.countEnded(asked))
  const { tables, bills, differences } = found
  const during = `from ${iso(period.from)} to ${iso(period.to)}`
  const sentence = `${String(bills)} bills ${during}: ${String(differences.length)} differences`
  print(
    context,
    { from: iso(period.from), to: iso(period.to), bills, tables, differences },
    [
      ...tables.map(
        ({ table, rows, distinct, events, quarantined, duplicates }) =>
          `${table}: ${String(rows)} rows with ${String(distinct)} ids ${during}; of all ${String(events)} events read so far ${String(quarantined)} are in quarantine and ${String(duplicates)} repeated a row`,
      ),
      ...differences.map(({ table, kind, detail }) => `${table}, ${kind}: ${detail}`),
      sentence,
    ].join('\n'),
  )
  if (differences.length > 0) throw new GatewayError(errors.lake_differs, sentence)
}
