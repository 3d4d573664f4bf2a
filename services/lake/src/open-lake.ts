import type { EventLog } from '@sluice/event-log'
import type { Clock } from '@sluice/kernel/clock'
import type { Logger } from '@sluice/kernel/logger'
import { LakeReader } from '@sluice/lake/lake-reader'
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
}

export interface OpenLake extends AsyncDisposable {
  /** Null: this process writes none. */
  readonly local: LocalLake | null
  readonly books: Reconciliation | null
  readonly reader: LakeReader
}

/** Everything that reads and writes Parquet and Avro is behind this module, which is loaded when it is first needed. */
export function openLake(config: LakeConfig, parts: OpenLakeParts): OpenLake {
  const { folder, reconcileIntervalMs: intervalMs } = config
  if (folder === null) {
    const dispose = async () => undefined
    const reader = new LakeReader(null, parts.events)
    return { local: null, books: null, reader, [Symbol.asyncDispose]: dispose }
  }
  const local = new LocalLake({ ...parts, config: { ...config, folder } })
  const books = new Reconciliation({
    ...parts,
    intervalMs,
    reconcile: (period, countBills) => local.reconcile(period, countBills),
  })
  return {
    local,
    books,
    reader: new LakeReader(local.folder, parts.events),
    async [Symbol.asyncDispose]() {
      await books[Symbol.asyncDispose]()
      await local[Symbol.asyncDispose]()
    },
  }
}
