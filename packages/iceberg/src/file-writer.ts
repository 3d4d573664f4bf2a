import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { GatewayError } from '@sluice/kernel/errors'
import { compareValues, encodeBound } from './bounds.ts'
import type { DataFile } from './data-file.ts'
import { syncFolders, writeNew } from './durable-files.ts'
import { icebergErrors } from './errors.ts'
import { currentSchema, partitionSpec, sortColumns, type TableMetadata } from './metadata.ts'
import { encodeParquet } from './parquet-file.ts'
import { fieldWith, hasBounds, type PartitionField, type Row, type Schema } from './schema.ts'
import { partitionText, transformed } from './transforms.ts'

/** Longer bounds are left out: manifests are read whole, and an absent bound only means that a file is read that need not be. */
const maxBoundBytes = 256

/** Writes rows into files of their partitions, sorted as the table says; on the disk when it resolves. Nothing refers to them yet. */
export async function writeDataFiles(
  folder: string,
  metadata: TableMetadata,
  rows: readonly Row[],
): Promise<readonly DataFile[]> {
  const schema = currentSchema(metadata)
  const partition = partitionSpec(metadata, metadata['default-spec-id'])
  const compare = rowOrder(schema, sortColumns(metadata))
  requireValid(rows, schema)
  const written: DataFile[] = []
  const paths: string[] = []
  for (const group of partitioned(rows, schema, partition)) {
    const sorted = group.rows.toSorted(compare)
    const bytes = encodeParquet(schema, sorted, (name) => hasBounds(name, metadata.properties))
    const parts = partition.map(
      ({ name, transform }, i) => `${name}=${partitionText(transform, group.key[i] ?? null)}`,
    )
    const below = ['data', ...parts, `${randomUUID()}.parquet`].join('/')
    const path = join(folder, below)
    await writeNew(path, bytes)
    paths.push(path)
    written.push({
      path: `${metadata.location}/${below}`,
      partition: group.key,
      records: sorted.length,
      bytes: bytes.length,
      ...metricsOf(sorted, schema, metadata.properties),
    })
  }
  await syncFolders(paths, folder)
  return written
}

interface Group {
  readonly key: readonly (string | number | null)[]
  readonly rows: Row[]
}

function partitioned(
  rows: readonly Row[],
  schema: Schema,
  partition: readonly PartitionField[],
): Iterable<Group> {
  const sources = partition.map(({ transform, sourceId }) => ({
    transform,
    name: fieldWith(schema, sourceId).name,
  }))
  const groups = new Map<string, Group>()
  for (const row of rows) {
    const key = sources.map(({ transform, name }) => transformed(transform, row[name] ?? null))
    const text = JSON.stringify(key)
    const known = groups.get(text)
    if (known) known.rows.push(row)
    else groups.set(text, { key, rows: [row] })
  }
  return groups.values()
}

function rowOrder({ fields }: Schema, sort: readonly number[]): (a: Row, b: Row) => number {
  const names = sort.map((id) => fieldWith({ fields }, id).name)
  return (a, b) => {
    for (const name of names) {
      const x = a[name] ?? null
      const y = b[name] ?? null
      if (x === null || y === null) {
        if (x !== y) return x === null ? -1 : 1
        continue
      }
      const order = compareValues(x, y)
      if (order !== 0) return order
    }
    return 0
  }
}

function requireValid(rows: readonly Row[], { fields }: Schema): void {
  const required = fields.filter((field) => field.required)
  for (const row of rows) {
    const missing = required.find(({ name }) => (row[name] ?? null) === null)
    if (missing) throw new GatewayError(icebergErrors.row_invalid, `a row has no ${missing.name}`)
  }
}

function metricsOf(
  rows: readonly Row[],
  { fields }: Schema,
  properties: Readonly<Record<string, string>>,
): Pick<DataFile, 'values' | 'nulls' | 'lower' | 'upper'> {
  const values: Record<number, number> = {}
  const nulls: Record<number, number> = {}
  const lower: Record<number, Uint8Array> = {}
  const upper: Record<number, Uint8Array> = {}
  for (const { id, name, type } of fields) {
    const present = rows.flatMap((row) => row[name] ?? [])
    values[id] = rows.length
    nulls[id] = rows.length - present.length
    let [low] = present
    let high = low
    if (low === undefined || high === undefined || !hasBounds(name, properties)) continue
    for (const value of present) {
      if (compareValues(value, low) < 0) low = value
      if (compareValues(value, high) > 0) high = value
    }
    const bounds = [encodeBound(type, low), encodeBound(type, high)] as const
    if (bounds.some(({ length }) => length > maxBoundBytes)) continue
    ;[lower[id], upper[id]] = bounds
  }
  return { values, nulls, lower, upper }
}
