import { openDatabase } from '@sluice/adapters/adapters'
import { readAdaptersConfig } from '@sluice/adapters/adapters-config'
import { lakeTables } from '@sluice/contracts/lake/tables'
import { systemClock } from '@sluice/kernel/clock'
import type { Lake } from '@sluice/lake'
import { readFlinkLakeConfig } from '@sluice/lake-flink/config'
import { createPostgresErasureStore } from '@sluice/store-postgres/postgres-erasure-store'
import { type CommandContext, print } from './command.ts'
import { eraseWaiting } from './lake-erasures.ts'
import type { EraseOptions } from './lake-commands.ts'
import { isInFolder, openLake, openLog } from './open-lake.ts'

export async function applyLake(context: CommandContext): Promise<void> {
  await using lake = await openLake(context.env)
  const tables = await lake.apply(lakeTables)
  const lines = tables.map(({ table, created, addedColumns }) => {
    if (created) return `${table}: created`
    return addedColumns.length > 0
      ? `${table}: added ${addedColumns.join(', ')}`
      : `${table}: as it is`
  })
  print(
    context,
    {
      location: lake.location,
      tables: tables.map(({ table, created, addedColumns }) => ({
        table,
        created,
        added_columns: addedColumns,
      })),
    },
    [lake.location, ...lines].join('\n'),
  )
}

export async function maintainLake(context: CommandContext): Promise<void> {
  await using lake = await openLake(context.env)
  const erased = await eraseWhoWaits(context, lake)
  const tables = await lake.maintain(lakeTables)
  const lines = tables.map(
    (table) =>
      `${table.table}: ${String(table.filesBefore)} files became ${String(table.filesAfter)}; dropped ${String(table.snapshotsDropped)} snapshots, ${String(table.rowsRemoved)} old rows and ${String(table.filesRemoved)} files`,
  )
  print(
    context,
    {
      ...(erased === null ? {} : { erased }),
      tables: tables.map((table) => ({
        table: table.table,
        files_before: table.filesBefore,
        files_after: table.filesAfter,
        snapshots_dropped: table.snapshotsDropped,
        files_removed: table.filesRemoved,
        rows_removed: table.rowsRemoved,
      })),
    },
    [...lines, ...(erased === null ? [] : [erasedSentence(erased)])].join('\n'),
  )
}

/** How many; null = nobody waits for a folder. `unknown`: accounts are in a database that is not named. */
async function eraseWhoWaits({ env }: CommandContext, lake: Lake) {
  const config = readFlinkLakeConfig(env)
  if (!config) return null
  const adapters = readAdaptersConfig(env, 0)
  if (!adapters.postgres) return 'unknown'
  await using database = await openDatabase(adapters)
  const erasures = await createPostgresErasureStore(database)
  const { commitIntervalMs } = config
  const erased = await eraseWaiting(lake, erasures, { clock: systemClock, commitIntervalMs })
  return erased.length
}

function erasedSentence(count: number | 'unknown'): string {
  if (count === 'unknown')
    return 'whoever waits to be erased was not looked for: name the database of the accounts with DATABASE_URL'
  return `${String(count)} people who waited for it were erased`
}

export async function eraseFromLake(
  context: CommandContext,
  { tenant, user, key }: EraseOptions,
): Promise<void> {
  // In a folder, what has come and is not in the tables yet is erased as well.
  await using log = isInFolder(context.env) ? await openLog(context.env) : null
  await using lake = await openLake(context.env, log?.events ?? null)
  const subject = { tenantId: tenant, userId: user ?? null, keyIds: key ?? [] }
  const tables = await lake.erase(lakeTables, subject)
  const lines = tables.map(
    ({ table, rowsRemoved, rowsChanged }) =>
      `${table}: ${String(rowsRemoved)} rows removed, ${String(rowsChanged)} without their name`,
  )
  print(
    context,
    {
      tables: tables.map(({ table, rowsRemoved, rowsChanged }) => ({
        table,
        rows_removed: rowsRemoved,
        rows_changed: rowsChanged,
      })),
    },
    lines.join('\n'),
  )
}
