import type { ColumnType, LakeColumn, LakeTable } from '@sluice/contracts/lake/table'
import type { StoredEvent } from '@sluice/event-log'
import type { Row, Value } from '@sluice/iceberg/schema'

/** Why an event is no row; the same words whoever writes the lake. */
export type Reason = 'no value' | 'not json' | 'missing required field'

export type Read = { readonly row: Row } | { readonly reason: Reason }

/** The row that an event of the table's topic becomes, or why it becomes none. Decided by the table alone, as the Flink job decides it. */
export function readEvent(table: LakeTable, event: StoredEvent, writtenAt: number): Read {
  if (event.value === '') return { reason: 'no value' }
  let body: unknown
  try {
    body = JSON.parse(event.value)
  } catch {
    return { reason: 'not json' }
  }
  const row: Record<string, Value> = {}
  for (const column of table.columns) {
    const value = valueOf(column, event, body, writtenAt)
    if (value === null && column.required) return { reason: 'missing required field' }
    row[column.name] = value
  }
  return { row }
}

export function quarantineRow(
  table: LakeTable,
  { topic, event, reason }: { topic: string; event: StoredEvent; reason: Reason },
  writtenAt: number,
): Row {
  return Object.fromEntries(
    table.columns.map((column) => {
      if ('reason' in column.from) return [column.name, reason]
      if ('record' in column.from && column.from.record === 'topic') return [column.name, topic]
      return [column.name, valueOf(column, event, null, writtenAt)]
    }),
  )
}

function valueOf(
  { from, type }: LakeColumn,
  event: StoredEvent,
  body: unknown,
  writtenAt: number,
): Value {
  if ('written' in from) return BigInt(writtenAt) * 1_000n
  if ('record' in from) return ofRecord(from.record, event)
  if ('reason' in from) return null
  const found = memberAt(body, from.path)
  if (from.as === 'json') return isTree(found) ? inOrder(found) : null
  if (from.as === 'ms') {
    const ms = scalar('long', found)
    return ms === null ? null : (ms as bigint) * 1_000n
  }
  return scalar(type, found)
}

function ofRecord(
  part: 'partition' | 'offset' | 'timestamp' | 'topic' | 'value',
  { partition, offset, attributes, value }: StoredEvent,
): Value {
  if (part === 'partition') return partition
  if (part === 'offset') return offset
  if (part === 'value') return value === '' ? null : Buffer.from(value)
  if (part === 'topic') return null
  const time = Date.parse(attributes.time)
  return Number.isNaN(time) ? null : BigInt(time) * 1_000n
}

/** `$.a.b`; null where there is none. */
function memberAt(body: unknown, path: string): unknown {
  let found = body
  for (const name of path.split('.').slice(1)) {
    if (typeof found !== 'object' || found === null || Array.isArray(found)) return null
    found = Object.hasOwn(found, name) ? (found as Record<string, unknown>)[name] : null
  }
  return found ?? null
}

function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

const wholeNumber = /^\s*[+-]?\d{1,19}\s*$/
const ranges = { int: 2n ** 31n, long: 2n ** 63n } as const

/** SQL's `JSON_VALUE` and a cast: a scalar as text, then as the column's type; null where it is not one. */
function scalar(type: ColumnType, value: unknown): Value {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
    return null
  const text = String(value)
  if (type === 'string') return text
  if (type === 'boolean') {
    const word = text.toLowerCase()
    return word === 'true' ? true : word === 'false' ? false : null
  }
  if (type !== 'int' && type !== 'long') return null
  if (!wholeNumber.test(text)) return null
  const number = BigInt(text.trim().replace('+', ''))
  const range = ranges[type]
  if (number < -range || number >= range) return null
  return type === 'int' ? Number(number) : number
}

/** JSON text with the keys of every object in order: the same tree is the same text, whoever wrote it. */
function inOrder(tree: object): string {
  return JSON.stringify(tree, (_name, value: unknown) => {
    if (!isTree(value) || Array.isArray(value)) return value
    const entries = Object.entries(value)
    return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
  })
}
