import { lakeTables } from '@sluice/contracts/lake/tables'
import type { EventLog } from '@sluice/event-log'
import type { Clock } from '@sluice/kernel/clock'
import type { LakeFolder } from './lake-folder.ts'
import { TopicWriter, type Written } from './topic-writer.ts'

export interface LakeWriterParts {
  readonly folder: LakeFolder
  readonly events: Pick<EventLog, 'read'>
  readonly clock: Clock
  /** Told of every commit. */
  readonly onWritten?: (table: string, written: Written) => void
}

/** Every topic that feeds the lake into its table. Whoever calls it sees to it that one call runs at a time. */
export class LakeWriter {
  readonly #topics: readonly TopicWriter[]
  readonly #onWritten: LakeWriterParts['onWritten']

  constructor({ onWritten, ...parts }: LakeWriterParts) {
    this.#topics = lakeTables.flatMap((table) => (table.topic ? new TopicWriter(table, parts) : []))
    this.#onWritten = onWritten
  }

  /** Until everything is in the lake that was in the log when it came to its end. */
  async write(signal?: AbortSignal): Promise<void> {
    for (const topic of this.#topics) {
      for (;;) {
        if (signal?.aborted) return
        const written = await topic.write()
        if (written.events > 0) this.#onWritten?.(topic.table.name, written)
        if (!written.more) break
      }
    }
  }
}
