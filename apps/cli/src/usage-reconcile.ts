import { openEventLog, openGenerations } from '@sluice/adapters/adapters'
import { readAdaptersConfig } from '@sluice/adapters/adapters-config'
import { systemClock } from '@sluice/kernel/clock'
import { defineErrors, GatewayError } from '@sluice/kernel/errors'
import { createLogger } from '@sluice/kernel/logger'
import { createPostgresArchiveStore } from '@sluice/store-postgres/postgres-archive-store'
import { createPostgresReconciliationStore } from '@sluice/store-postgres/postgres-reconciliation-store'
import { createPostgresUsageStore } from '@sluice/store-postgres/postgres-usage-store'
import { iso } from '@sluice/usage/manage/views'
import { reconcile } from '@sluice/usage/reconcile'
import { type CommandContext, print } from './command.ts'
import { openExisting } from './open-existing.ts'
import type { PeriodOptions } from './period-options.ts'
import { yesterdayUnless } from './yesterday.ts'

const errors = defineErrors({
  books_differ: { status: 500, retryable: false, title: 'The books differ' },
})
/** Differences that are told as text; JSON has up to 1,000. */
const maxLines = 50

export async function reconcileUsage(
  context: CommandContext,
  options: PeriodOptions,
): Promise<void> {
  const now = systemClock.now()
  const period = yesterdayUnless(options, now)
  const config = readAdaptersConfig(context.env, 0)
  const dependencies = {
    clock: systemClock,
    logger: createLogger({ service: 'cli', level: 'silent' }),
  }
  await using database = await openExisting(config)
  await using events = await openEventLog(config, database, dependencies)
  // A log in memory is in another process.
  await using generations = config.redis ? await openGenerations(config, dependencies) : null
  const hot = generations && {
    since: now - generations.timing.retentionMs,
    describe: generations.describe.bind(generations),
  }
  const waiting = await (await createPostgresUsageStore(database, { events })).backlog()
  const found = await reconcile(period, {
    store: await createPostgresReconciliationStore(database),
    archive: await createPostgresArchiveStore(database),
    events,
    hot,
  })
  const { bills, events: told, repeatedEvents, ends, differenceCount, differences } = found
  const shown = differences
    .slice(0, maxLines)
    .map(({ kind, id, detail }) => `${kind} ${id}: ${detail}`)
  const sentence = `${String(bills)} bills, ${String(told)} events, ${String(ends)} ends of logs from ${iso(period.from)} to ${iso(period.to)}: ${String(differenceCount)} differences`
  const isWaiting = waiting > 0 ? [`${String(waiting)} events wait in the outbox`] : []
  print(
    context,
    {
      from: iso(period.from),
      to: iso(period.to),
      bills,
      events: told,
      repeated_events: repeatedEvents,
      ends,
      waiting_events: waiting,
      difference_count: differenceCount,
      differences,
    },
    [...shown, ...isWaiting, sentence].join('\n'),
  )
  if (differenceCount > 0) throw new GatewayError(errors.books_differ, sentence)
}
