import type { ColumnType, LakeColumn, LakeTable } from '@sluice/contracts/lake/table'
import { integerPattern, lastTimeMs, timePattern } from '@sluice/contracts/lake/values'
import type { StoredEvent } from '@sluice/event-log'
import type { Row, Value } from '@sluice/iceberg/schema'
import { ExactNumber, inOrder, isTree, parseExactly, wellFormed } from './exact-json.ts'

/** Why an event is no row; the same words whoever writes the lake. */
export type Reason = 'no value' | 'not json' | 'missing required field'

export type Read = { readonly row: Row } | { readonly reason: Reason }

/** The row that an event of the table's topic becomes, or why it becomes none. Decided by the table alone, as the Flink job decides it. */
export function readEvent(table: LakeTable, event: StoredEvent, writtenAt: number): Read {
  if (event.value === '') return { reason: 'no value' }
  let body: unknown
  try {
    body = parseExactly(event.value)
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
  if (from.as === 'ms') return timeOf(found)
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

const integer = new RegExp(`^${integerPattern}$`)
const time = new RegExp(`^${timePattern}$`)
const ranges = { int: 2n ** 31n, long: 2n ** 63n } as const

/** By the rule of `lake/values.ts`. */
function scalar(type: ColumnType, value: unknown): Value {
  const text = textOf(value)
  if (text === null) return null
  if (type === 'string') return wellFormed(text)
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : null
  if ((type !== 'int' && type !== 'long') || !integer.test(text)) return null
  const number = BigInt(text)
  const range = ranges[type]
  if (number < -range || number >= range) return null
  return type === 'int' ? Number(number) : number
}

/** µs, from Unix ms. */
function timeOf(value: unknown): Value {
  const text = textOf(value)
  if (text === null || !time.test(text)) return null
  const ms = BigInt(text)
  return ms > lastTimeMs ? null : ms * 1_000n
}

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value
  if (value instanceof ExactNumber) return value.text
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null
}
