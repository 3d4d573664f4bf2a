import { compareValues, decodeBound } from './bounds.ts'
import type { DataFile } from './data-file.ts'
import { fieldNamed, type PartitionField, type Row, type Schema, type Value } from './schema.ts'
import { isKnown, transformed } from './transforms.ts'

type Present = Exclude<Value, null>

/** Rows whose column is one of these, or lies in a range: `from` included, `before` not. Nulls match neither. */
export type Predicate =
  | { readonly column: string; readonly in: readonly Present[] }
  | { readonly column: string; readonly from?: Present; readonly before?: Present }

export function matches(row: Row, where: readonly Predicate[]): boolean {
  return where.every((predicate) => {
    const value = row[predicate.column] ?? null
    if (value === null) return false
    if ('in' in predicate) return predicate.in.some((each) => compareValues(each, value) === 0)
    const { from, before } = predicate
    if (from !== undefined && compareValues(value, from) < 0) return false
    return before === undefined || compareValues(value, before) < 0
  })
}

interface Layout {
  readonly schema: Schema
  readonly partition: readonly PartitionField[]
}

/** Whether a file can have a row that matches, by its partition and the bounds that are known of it. */
export function mayMatch(file: DataFile, where: readonly Predicate[], layout: Layout): boolean {
  return where.every(
    (predicate) => partitionMay(file, predicate, layout) && boundsMay(file, predicate, layout),
  )
}

/** Whether every row of the file matches, as its partition alone tells: then it need not be read to be removed. */
export function allMatch(
  file: DataFile,
  where: readonly Predicate[],
  { schema, partition }: Layout,
): boolean {
  return where.every((predicate) => {
    if ('in' in predicate || predicate.before === undefined || predicate.from !== undefined)
      return false
    const { id } = fieldNamed(schema, predicate.column)
    const index = partition.findIndex(
      ({ sourceId, transform }) => sourceId === id && transform === 'day',
    )
    const day = file.partition[index] ?? null
    const end = transformed('day', predicate.before)
    return day !== null && end !== null && day < end
  })
}

function partitionMay(file: DataFile, predicate: Predicate, { schema, partition }: Layout) {
  const { id } = fieldNamed(schema, predicate.column)
  return partition.every(({ sourceId, transform }, i) => {
    if (sourceId !== id || !isKnown(transform)) return true
    const value = file.partition[i] ?? null
    if (value === null) return false
    if ('in' in predicate)
      return predicate.in.some((each) => transformed(transform, each) === value)
    if (transform !== 'day') return true
    const from = predicate.from === undefined ? null : transformed(transform, predicate.from)
    const before = predicate.before === undefined ? null : transformed(transform, predicate.before)
    return (from === null || value >= from) && (before === null || value <= before)
  })
}

function boundsMay({ lower, upper }: DataFile, predicate: Predicate, { schema }: Layout): boolean {
  const { id, type } = fieldNamed(schema, predicate.column)
  const low = lower[id] && decodeBound(type, lower[id])
  const high = upper[id] && decodeBound(type, upper[id])
  if (low === undefined || high === undefined) return true
  if ('in' in predicate) {
    return predicate.in.some(
      (each) => compareValues(each, low) >= 0 && compareValues(each, high) <= 0,
    )
  }
  const { from, before } = predicate
  if (from !== undefined && compareValues(high, from) < 0) return false
  return before === undefined || compareValues(low, before) < 0
}
