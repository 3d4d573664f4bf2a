import { type LakeTable, tableProperties } from '@sluice/contracts/lake/table'
import { askForBounds, type TableDefinition } from '@sluice/iceberg/schema'

/** Files of the local form are written and rewritten in the gateway's own memory, so they are smaller than those of a cluster's engines. */
export const targetFileBytes = 16 * 1024 * 1024

/** A table of the contract as Iceberg makes it. */
export function tableDefinition(table: LakeTable): TableDefinition {
  const idOf = new Map(table.columns.map(({ name, id }) => [name, id]))
  const sourceId = (name: string) => {
    const id = idOf.get(name)
    if (id === undefined) throw new TypeError(`${table.name} has no column ${name}`)
    return id
  }
  return {
    schema: {
      fields: table.columns.map(({ id, name, type, required, doc }) => ({
        id,
        name,
        required,
        type,
        doc,
      })),
    },
    partition: table.partition.map(({ id, name, source, transform }) => ({
      name,
      transform,
      sourceId: sourceId(source),
      fieldId: id,
    })),
    sort: table.sort.map(sourceId),
    properties: {
      ...tableProperties,
      'write.target-file-size-bytes': String(targetFileBytes),
      ...Object.fromEntries(
        table.columns.filter(({ bounds }) => bounds).map(({ name }) => askForBounds(name)),
      ),
    },
  }
}

/** The column that says when a fact was: the source of its day. */
export function timeColumn(table: LakeTable): string {
  const day = table.partition.find(({ transform }) => transform === 'day')
  if (!day) throw new TypeError(`${table.name} has no days`)
  return day.source
}
