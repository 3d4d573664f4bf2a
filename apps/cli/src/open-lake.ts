import { systemClock } from '@sluice/kernel/clock'
import { configurationError, type Environment } from '@sluice/kernel/env'
import type { Lake } from '@sluice/lake'
import { openFlinkLake } from '@sluice/lake-flink'
import { readFlinkLakeConfig } from '@sluice/lake-flink/config'
import { findFlink } from '@sluice/lake-flink/flink-files'

/** The lake that the environment names, whichever it is. */
export async function openLake(env: Environment): Promise<Lake> {
  const catalogue = readFlinkLakeConfig(env)
  if (catalogue) return openFlinkLake(catalogue, await findFlink(env), systemClock)
  throw configurationError(['ICEBERG_CATALOG_URI: which catalogue are the tables in?'])
}
