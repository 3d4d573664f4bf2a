import { join, resolve } from 'node:path'
import { envFlag, envInt, envText, type Environment, readEnvironment } from '@sluice/kernel/env'
import { type CatalogueConfig, readCatalogueConfig } from '@sluice/lake/catalogue-config'
import { z } from 'zod'

export const environment = z.object({
  LAKE_ENABLED: envFlag(true).describe('false: the gateway writes no lake'),
  LAKE_DIR: envText
    .optional()
    .describe(
      'folder of the lake (DATA_DIR/lake; where Kafka or ICEBERG_CATALOG_URI is set: none). In a cluster exactly one process may have it',
    ),
  LAKE_COMMIT_INTERVAL_MS: envInt(5_000, 500, 3_600_000).describe(
    'how often what arrived is committed to the lake',
  ),
  LAKE_MAINTENANCE_INTERVAL_MS: envInt(600_000, 1_000).describe(
    'how often the lake in a folder is compacted, and rows past their retention are removed',
  ),
  LAKE_RECONCILE_INTERVAL_MS: envInt(3_600_000, 1_000).describe(
    'how often the lake is compared with event log and ledger',
  ),
  LAKE_FOLDER_SNAPSHOT_MINUTES: envInt(30, 1).describe(
    'how long a reader of the folder can go on with what it began to read; each commit in it makes the metadata longer',
  ),
})

export interface LakeConfig {
  /** Null: the lake is not a folder that this process writes. */
  readonly folder: string | null
  /** What the tables that Flink writes are in; null = there are none, or a folder has them. */
  readonly catalogue: CatalogueConfig | null
  readonly commitIntervalMs: number
  readonly maintenanceIntervalMs: number
  readonly reconcileIntervalMs: number
  readonly keepSnapshotsMs: number
  readonly orphanAgeMs: number
}

/** A change is written in seconds: what is this old and belongs to no snapshot was left by a process that died. */
const orphanAgeMs = 3_600_000

/** `embedded`: one process with an event log of its own, where a folder is the lake unless something else is said. */
export function readLakeConfig(
  env: Environment,
  { dataDir, embedded }: { readonly dataDir: string; readonly embedded: boolean },
): LakeConfig {
  const values = readEnvironment(environment, env)
  const catalogue = readCatalogueConfig(env)
  const isHere = embedded && catalogue === null
  const folder = values.LAKE_DIR ?? (isHere ? join(dataDir, 'lake') : null)
  return {
    folder: values.LAKE_ENABLED && folder !== null ? resolve(folder) : null,
    catalogue: folder === null ? catalogue : null,
    commitIntervalMs: values.LAKE_COMMIT_INTERVAL_MS,
    maintenanceIntervalMs: values.LAKE_MAINTENANCE_INTERVAL_MS,
    reconcileIntervalMs: values.LAKE_RECONCILE_INTERVAL_MS,
    keepSnapshotsMs: values.LAKE_FOLDER_SNAPSHOT_MINUTES * 60_000,
    orphanAgeMs,
  }
}
