import { decodeBound } from '@sluice/iceberg/bounds'
import type { LiveFile } from '@sluice/iceberg/data-file'
import { fieldNamed } from '@sluice/iceberg/schema'
import type { TableView } from '@sluice/iceberg/table-view'

/** Looked into at once: with what is found the rest of a table is seldom needed, and what is missing only makes a reader read more of the log. */
const maxFiles = 100
const columns = ['kafka_partition', 'kafka_offset']

/**
 * How far the rows of a table reach that a Flink job writes. A checkpoint cuts every partition of the topic at one offset, and its rows are one
 * commit: what lies before any row of a partition is in the table, in quarantine, or repeats a row. So the event behind a partition's last row is
 * the first that can be missing. What has once been found of a table stays true.
 */
export class WrittenOffsets {
  readonly #next = new Map<number, number>()
  #seen: ReadonlySet<string> = new Set()

  async of(view: TableView): Promise<(partition: number) => number | undefined> {
    const files = newestFirst(await view.plan(), view)
    const seen = new Set(files.map(pathOf).filter((path) => this.#seen.has(path)))
    for (const live of files.filter((each) => !seen.has(pathOf(each))).slice(0, maxFiles)) {
      if (!this.#tellsNothing(live, view))
        for (const row of await view.read(live, { columns }))
          this.#found(Number(row['kafka_partition']), Number(row['kafka_offset']))
      seen.add(pathOf(live))
    }
    this.#seen = seen
    return (partition) => this.#next.get(partition)
  }

  #found(partition: number, offset: number): void {
    this.#next.set(partition, Math.max(offset + 1, this.#next.get(partition) ?? 0))
  }

  /** Its bounds tell that it has nothing newer of its partitions. */
  #tellsNothing(live: LiveFile, view: TableView): boolean {
    const partitions = boundsOf(live, 'kafka_partition', view)
    const offsets = boundsOf(live, 'kafka_offset', view)
    if (!partitions || !offsets) return false
    for (
      let partition = Number(partitions.low);
      partition <= Number(partitions.high);
      partition += 1
    )
      if ((this.#next.get(partition) ?? 0) <= Number(offsets.high)) return false
    return true
  }
}

function pathOf({ file }: LiveFile): string {
  return file.path
}

function newestFirst(files: readonly LiveFile[], view: TableView): readonly LiveFile[] {
  const at = (live: LiveFile) => Number(boundsOf(live, 'ingested_at', view)?.high ?? Infinity)
  return files
    .map((live) => ({ live, at: at(live) }))
    .toSorted((a, b) => b.at - a.at)
    .map(({ live }) => live)
}

function boundsOf({ file }: LiveFile, column: string, { layout }: TableView) {
  const { id, type } = fieldNamed(layout.schema, column)
  const [lower, upper] = [file.lower[id], file.upper[id]]
  return lower && upper ? { low: decodeBound(type, lower), high: decodeBound(type, upper) } : null
}
