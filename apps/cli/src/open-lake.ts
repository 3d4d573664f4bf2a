import { systemClock } from '@sluice/kernel/clock'
import { openEventLog } from '@sluice/adapters/adapters'
import { readAdaptersConfig } from '@sluice/adapters/adapters-config'
import type { EventLog } from '@sluice/event-log'
import { configurationError, type Environment } from '@sluice/kernel/env'
import { createLogger } from '@sluice/kernel/logger'
import type { Lake } from '@sluice/lake'
import { openFolderLake } from '@sluice/lake/open-folder-lake'
import { openFlinkLake } from '@sluice/lake-flink'
import { readFlinkLakeConfig } from '@sluice/lake-flink/config'
import { findFlink } from '@sluice/lake-flink/flink-files'
import { readLakeConfig } from '@sluice/lake-service/config'
import { openExisting } from './open-existing.ts'

/** The lake that the environment names, whichever it is. One in a folder is written up to the end of `events` first, and held: a gateway must not run. */
export async function openLake(env: Environment, events: EventLog | null = null): Promise<Lake> {
  const catalogue = readFlinkLakeConfig(env)
  if (catalogue) return openFlinkLake(catalogue, await findFlink(env), systemClock)
  const { dataDir, kafka } = readAdaptersConfig(env, 0)
  const config = readLakeConfig(env, { dataDir, embedded: kafka === null })
  if (config.folder === null)
    throw configurationError(['ICEBERG_CATALOG_URI or LAKE_DIR: where are the tables?'])
  return openFolderLake(config.folder, { ...config, clock: systemClock, events })
}

/** Whether the lake is a folder that this product writes itself. */
export function isInFolder(env: Environment): boolean {
  return readFlinkLakeConfig(env) === null
}

/** The event log, and the database that it may be in. */
export async function openLog(
  env: Environment,
): Promise<AsyncDisposable & { readonly events: EventLog }> {
  const config = readAdaptersConfig(env, 0)
  const logger = createLogger({ service: 'cli', level: 'silent' })
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await openExisting(config))
  const events = stack.use(await openEventLog(config, database, { clock: systemClock, logger }))
  const owned = stack.move()
  return { events, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
