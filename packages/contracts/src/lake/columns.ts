import type { ColumnSource, ColumnType, LakeColumn } from './table.ts'

interface Options {
  readonly required?: boolean
  readonly bounds?: boolean
  readonly from?: ColumnSource
}

/** A column that is filled from the member of its own name, unless `from` says where. */
export function column(
  id: number,
  name: string,
  type: ColumnType,
  doc: string,
  { required = false, bounds = false, from }: Options = {},
): LakeColumn {
  return { id, name, type, required, doc, bounds, from: from ?? { path: `$.${name}` } }
}

/** Where a row comes from and when it was written: the last three columns of every fact table, and what reconciliation counts by. */
export function provenance(firstId: number): readonly LakeColumn[] {
  return [
    column(firstId, 'kafka_partition', 'int', 'partition of the event', {
      required: true,
      bounds: true,
      from: { record: 'partition' },
    }),
    column(firstId + 1, 'kafka_offset', 'long', 'offset of the event in its partition', {
      required: true,
      bounds: true,
      from: { record: 'offset' },
    }),
    column(firstId + 2, 'ingested_at', 'timestamptz', 'when the row was written', {
      required: true,
      bounds: true,
      from: { written: true },
    }),
  ]
}
