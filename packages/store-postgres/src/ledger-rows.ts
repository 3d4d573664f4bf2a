import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { Value } from './database.ts'
import { copyField } from './encode-value.ts'

type Column = keyof UsageRecord

/** The ledger's columns with their types, in the order every statement here uses. */
const columnTypes = {
  request_id: 'uuid',
  tenant_id: 'text',
  project_id: 'text',
  key_id: 'text',
  operation: 'text',
  requested_model: 'text',
  model: 'text',
  provider: 'text',
  attempts: 'integer',
  state: 'text',
  error_code: 'text',
  amount_nano_usd: 'bigint',
  stream: 'boolean',
  accepted_at: 'bigint',
  finished_at: 'bigint',
  first_part_ms: 'integer',
  input_tokens: 'bigint',
  output_tokens: 'bigint',
  cached_input_tokens: 'bigint',
  cache_write_tokens: 'bigint',
  reasoning_tokens: 'bigint',
  estimated: 'boolean',
} as const satisfies Record<Column, string>

const columns = Object.keys(columnTypes) as Column[]
export const ledgerColumns = columns.join(', ')

/** Inserts what is not there yet and returns the ids of that; takes one array per column. */
export const insertNewRows = `
  INSERT INTO usage.customer_ledger (${ledgerColumns})
  SELECT * FROM unnest(${columns.map((column, i) => `$${String(i + 1)}::${columnTypes[column]}[]`).join(', ')})
  ON CONFLICT (request_id) DO NOTHING
  RETURNING request_id`

/** Postgres has no NUL in text; a caller may have one in a model's name. */
function storable(value: UsageRecord[Column]): UsageRecord[Column] {
  return typeof value === 'string' ? value.replaceAll('\0', '') : value
}

export function toColumns(records: readonly UsageRecord[]): Value[] {
  return columns.map((column) => records.map((record) => storable(record[column])))
}

/** For COPY. */
export const ledgerTable = `usage.customer_ledger (${ledgerColumns})`

/** Written out column by column: this runs once per request of the embedded mode. */
export function toCopyRows(records: readonly UsageRecord[]): string {
  let rows = ''
  for (const r of records) {
    rows +=
      `${r.request_id}\t${copyField(r.tenant_id)}\t${copyField(r.project_id)}\t${copyField(r.key_id)}\t${copyField(r.operation)}\t` +
      `${copyField(r.requested_model)}\t${copyField(r.model)}\t${optional(r.provider)}\t${String(r.attempts)}\t${r.state}\t` +
      `${optional(r.error_code)}\t${String(r.amount_nano_usd)}\t${String(r.stream)}\t${String(r.accepted_at)}\t${String(r.finished_at)}\t` +
      `${optional(r.first_part_ms)}\t${String(r.input_tokens)}\t${String(r.output_tokens)}\t${String(r.cached_input_tokens)}\t` +
      `${String(r.cache_write_tokens)}\t${String(r.reasoning_tokens)}\t${String(r.estimated)}\n`
  }
  return rows
}

function optional(value: string | number | null): string {
  if (value === null) return '\\N'
  return typeof value === 'string' ? copyField(value) : String(value)
}
