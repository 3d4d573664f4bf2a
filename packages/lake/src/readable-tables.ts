import type { LakeTable } from '@sluice/contracts/lake/table'
import type { TableView } from '@sluice/iceberg/table-view'
import type { LakeFolder } from './lake-folder.ts'
import { readProgress } from './topic-progress.ts'

/** Where tables are read from, whoever writes them. */
export interface ReadableTables {
  /** As it is now; null while there is none. */
  open(table: LakeTable): Promise<OpenTable | null>
}

export interface OpenTable {
  readonly view: TableView
  /** By partition of its topic: whatever comes before that offset is in the view. Undefined: nobody knows. */
  readonly next: (partition: number) => number | undefined
}

export function folderTables(folder: LakeFolder): ReadableTables {
  return {
    async open(table) {
      const found = await folder.table(table)
      if (!found) return null
      const view = await found.view()
      const progress = readProgress(view.summary, table.topic?.name ?? '')
      return { view, next: (partition) => progress[partition]?.next }
    },
  }
}
