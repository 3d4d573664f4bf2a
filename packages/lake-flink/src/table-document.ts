import { type LakeTable, lakeNamespace, tableProperties } from '@sluice/contracts/lake/table'

/** A table's contract as Iceberg writes schemas and partitions in JSON: what `LakeAdmin` reads. */
export function tableDocument(table: LakeTable): Readonly<Record<string, unknown>> {
  const idOf = (name: string) => table.columns.find((column) => column.name === name)?.id
  const bounded = table.columns.filter(({ bounds }) => bounds)
  return {
    namespace: lakeNamespace,
    name: table.name,
    schema: {
      type: 'struct',
      'schema-id': 0,
      fields: table.columns.map(({ id, name, required, type, doc }) => ({
        id,
        name,
        required,
        type,
        doc,
      })),
    },
    partition: {
      'spec-id': 0,
      fields: table.partition.map(({ id, name, source, transform }) => ({
        name,
        transform,
        'source-id': idOf(source),
        'field-id': id,
      })),
    },
    sort: table.sort,
    properties: {
      ...tableProperties,
      ...Object.fromEntries(
        bounded.map(({ name }) => [`write.metadata.metrics.column.${name}`, 'full']),
      ),
    },
    key: table.key,
    time: timeOf(table),
    erase: table.erase,
    retentionDays: table.retentionDays,
  }
}

/** The column that says when a row's fact happened: that of its day. */
function timeOf({ name, partition }: LakeTable): string {
  const day = partition.find(({ transform }) => transform === 'day')
  if (!day) throw new Error(`${name} has no day among its partitions`)
  return day.source
}
