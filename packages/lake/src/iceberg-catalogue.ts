import type { LakeTable } from '@sluice/contracts/lake/table'
import { lakeNamespace } from '@sluice/contracts/lake/table'
import type { TableMetadata } from '@sluice/iceberg/metadata'
import { ManifestCache, viewOf } from '@sluice/iceberg/table-view'
import type { ReadableTables } from './readable-tables.ts'
import { WrittenOffsets } from './written-offsets.ts'

/** Who knows the newest metadata of the tables that Flink writes. */
export interface IcebergCatalogue extends AsyncDisposable {
  /** Null: there is no such table. */
  load(namespace: string, table: string): Promise<TableMetadata | null>
}

/** Tables that others write into a catalogue. */
export function catalogueTables(catalogue: IcebergCatalogue): ReadableTables {
  const known = new Map<string, { manifests: ManifestCache; written: WrittenOffsets }>()
  const keptOf = ({ name }: LakeTable, uuid: string) => {
    const id = `${name} ${uuid}`
    const kept = known.get(id) ?? { manifests: new ManifestCache(), written: new WrittenOffsets() }
    known.set(id, kept)
    return kept
  }
  return {
    async open(table) {
      const metadata = await catalogue.load(lakeNamespace, table.name)
      if (!metadata) return null
      const { manifests, written } = keptOf(table, metadata['table-uuid'])
      const view = viewOf(metadata, manifests)
      return { view, next: await written.of(view) }
    },
  }
}
