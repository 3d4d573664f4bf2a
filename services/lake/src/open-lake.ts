import type { EventLog } from '@sluice/event-log'
import type { Clock } from '@sluice/kernel/clock'
import type { Logger } from '@sluice/kernel/logger'
import type { IcebergCatalogue } from '@sluice/lake/iceberg-catalogue'
import type { LakeReader } from '@sluice/lake/lake-reader'
import type { WorkQueue } from '@sluice/work-queue'
import type { LakeConfig } from './config.ts'
import { LocalLake } from './local-lake.ts'
import type { LakeMetrics } from './metrics.ts'
import { Reconciliation } from './reconciliation.ts'

export interface OpenLakeParts {
  readonly queue: WorkQueue
  readonly events: EventLog
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: LakeMetrics
  /** What knows the tables that others write; null = nobody is told of. */
  readonly catalogue: IcebergCatalogue | null
}

export interface OpenLake extends AsyncDisposable {
  /** Null: this process writes none. */
  readonly local: LocalLake | null
  readonly books: Reconciliation | null
  /** What reads Parquet and Avro is loaded when it is first asked for. */
  readonly reader: () => Promise<LakeReader>
}

export function openLake(config: LakeConfig, parts: OpenLakeParts): OpenLake {
  const { folder, reconcileIntervalMs: intervalMs } = config
  let opening: Promise<LakeReader> | null = null
  const reader = () =>
    (opening ??= import('./open-reader.ts').then(({ openReader }) => openReader(config, parts)))
  if (folder === null)
    return { local: null, books: null, reader, [Symbol.asyncDispose]: async () => undefined }
  const local = new LocalLake({ ...parts, config: { ...config, folder } })
  const books = new Reconciliation({
    ...parts,
    intervalMs,
    reconcile: (period, countBills) => local.reconcile(period, countBills),
  })
  return {
    local,
    books,
    reader,
    async [Symbol.asyncDispose]() {
      await books[Symbol.asyncDispose]()
      await local[Symbol.asyncDispose]()
    },
  }
}
