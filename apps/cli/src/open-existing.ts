import { join } from 'node:path'
import { openDatabase } from '@sluice/adapters/adapters'
import type { AdaptersConfig } from '@sluice/adapters/adapters-config'
import { configurationError } from '@sluice/kernel/env'
import { hasDatabase } from '@sluice/store-postgres/data-folder'

/** The database of the environment, unless an embedded one would have to be made: what is asked of an empty one looks like an answer. */
export async function openExisting(config: AdaptersConfig): ReturnType<typeof openDatabase> {
  if (config.postgres === null && !hasDatabase(join(config.dataDir, 'db')))
    throw configurationError([
      `DATA_DIR: there is no database in ${config.dataDir}. Name the folder of the gateway with DATA_DIR, or its database with DATABASE_URL.`,
    ])
  return openDatabase(config)
}
