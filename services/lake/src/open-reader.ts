import type { EventLog } from '@sluice/event-log'
import type { Clock } from '@sluice/kernel/clock'
import type { IcebergCatalogue } from '@sluice/lake/iceberg-catalogue'
import { LakeReader } from '@sluice/lake/lake-reader'
import { LakeFolder } from '@sluice/lake/lake-folder'
import { catalogueTables } from '@sluice/lake/iceberg-catalogue'
import { folderTables } from '@sluice/lake/readable-tables'
import type { LakeConfig } from './config.ts'

/** Some seconds of reading. Tables are behind the log by a commit: more than this means that nobody writes them. */
const maxLogEvents = 50_000

/** Everything that reads Parquet and Avro is behind this module, which is loaded when somebody reads. */
export function openReader(
  { folder }: LakeConfig,
  { clock, events, catalogue }: OpenReaderParts,
): LakeReader {
  if (folder !== null) {
    const tables = folderTables(new LakeFolder(folder, { clock }))
    return new LakeReader({ tables, events, maxLogEvents })
  }
  const tables = catalogue && catalogueTables(catalogue)
  return new LakeReader({ tables, events, maxLogEvents })
}

export interface OpenReaderParts {
  readonly clock: Clock
  readonly events: EventLog
  /** Null: the tables are in none. */
  readonly catalogue: IcebergCatalogue | null
}
