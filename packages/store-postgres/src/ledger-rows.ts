import type { ProviderCallRecord } from '@sluice/contracts/generation/provider-call-record'
import type { Bill, UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { Price } from '@sluice/contracts/price'
import type { Statement, Value } from './database.ts'
import { copyField } from './encode-value.ts'
import { priceId, priceText } from './price-id.ts'

/*
 * Nearly every generation is one provider call whose tokens are the customer's. That call is told in its customer row, in three columns of its
 * own: a second row with a second index would cost the embedded mode half a ledger more. Other calls are rows of `usage.provider_calls`; the
 * view `usage.provider_ledger` shows them all alike.
 */

type Scalar = string | number | boolean | null
type CustomerColumn =
  | Exclude<keyof Bill, 'budgets' | 'calls' | 'price'>
  | 'attempts'
  | 'price_id'
  | AnsweringColumn
type AnsweringColumn = 'attempt' | 'cost_nano_usd' | 'called_at'

/** The columns of the customer ledger with their types, in the order every statement here uses. */
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
  attempt: 'integer',
  cost_nano_usd: 'bigint',
  called_at: 'bigint',
  user_id: 'text',
  channel: 'text',
  price_id: 'bigint',
} as const satisfies Record<CustomerColumn, string>

const columns = Object.keys(columnTypes) as CustomerColumn[]
const customerColumns = columns.join(', ')

/** Inserts what is not there yet and returns the ids of that; takes one array per column. */
export const insertNewRows = `
  INSERT INTO usage.customer_ledger (${customerColumns})
  SELECT * FROM ${unnest(columns.map((column) => columnTypes[column]))}
  ON CONFLICT (request_id) DO NOTHING
  RETURNING request_id`

export function toColumns(records: readonly UsageRecord[]): Value[] {
  const rows = records.map(toCustomerRow)
  return columns.map((column) => rows.map((row) => storable(row[column])))
}

function toCustomerRow(record: UsageRecord): Record<CustomerColumn, Scalar> {
  const { budgets: _b, asked: _a, decision: _d, calls, price, ...customer } = record
  const answering = answeringCall(record)
  return {
    ...customer,
    attempts: calls.length,
    attempt: answering?.attempt ?? null,
    cost_nano_usd: answering?.cost_nano_usd ?? null,
    called_at: answering?.started_at ?? null,
    price_id: price && priceId(price),
  }
}

/** For COPY. */
export const ledgerTable = `usage.customer_ledger (${customerColumns})`

/** Written out column by column: this runs once per request of the embedded mode. */
export function toCopyRows(records: readonly UsageRecord[]): string {
  let rows = ''
  for (const r of records) {
    const call = answeringCall(r)
    rows +=
      `${r.request_id}\t${copyField(r.tenant_id)}\t${copyField(r.project_id)}\t${copyField(r.key_id)}\t${copyField(r.operation)}\t` +
      `${copyField(r.requested_model)}\t${copyField(r.model)}\t${optional(r.provider)}\t${String(r.calls.length)}\t${r.state}\t` +
      `${optional(r.error_code)}\t${String(r.amount_nano_usd)}\t${String(r.stream)}\t${String(r.accepted_at)}\t${String(r.finished_at)}\t` +
      `${optional(r.first_part_ms)}\t${String(r.input_tokens)}\t${String(r.output_tokens)}\t${String(r.cached_input_tokens)}\t` +
      `${String(r.cache_write_tokens)}\t${String(r.reasoning_tokens)}\t${String(r.estimated)}\t` +
      (call === null
        ? '\\N\t\\N\t\\N\t'
        : `${String(call.attempt)}\t${String(call.cost_nano_usd)}\t${String(call.started_at)}\t`) +
      `${optional(r.user_id)}\t${copyField(r.channel)}\t${optional(r.price && priceId(r.price))}\n`
  }
  return rows
}

/** The call that ended the generation, if its customer row says everything else about it. */
function answeringCall(record: UsageRecord): ProviderCallRecord | null {
  const call = record.calls.at(-1)
  return call !== undefined && isToldBy(record, call) ? call : null
}

function isToldBy(record: UsageRecord, call: ProviderCallRecord): boolean {
  return (
    call.state === (record.state === 'expired' ? 'failed' : record.state) &&
    call.output_tokens === record.output_tokens &&
    call.input_tokens === record.input_tokens &&
    call.cached_input_tokens === record.cached_input_tokens &&
    call.cache_write_tokens === record.cache_write_tokens &&
    call.reasoning_tokens === record.reasoning_tokens &&
    call.estimated === record.estimated &&
    call.finished_at === record.finished_at &&
    call.error_code === record.error_code &&
    call.provider === record.provider &&
    call.model === record.model
  )
}

const callTypes = {
  attempt: 'integer',
  provider: 'text',
  model: 'text',
  state: 'text',
  error_code: 'text',
  cost_nano_usd: 'bigint',
  started_at: 'bigint',
  finished_at: 'bigint',
  input_tokens: 'bigint',
  output_tokens: 'bigint',
  cached_input_tokens: 'bigint',
  cache_write_tokens: 'bigint',
  reasoning_tokens: 'bigint',
  estimated: 'boolean',
} as const satisfies Record<keyof ProviderCallRecord, string>

const callFields = Object.keys(callTypes) as (keyof ProviderCallRecord)[]
const callColumns = ['request_id', ...callFields].join(', ')

/** Adds the calls that no row tells yet. Runs after the customer rows of the same transaction: they may tell one. */
const insertCalls = `
  INSERT INTO usage.provider_calls (${callColumns})
  SELECT * FROM ${unnest(['uuid', ...callFields.map((field) => callTypes[field])])} AS c (${callColumns})
  WHERE NOT EXISTS (SELECT 1 FROM usage.customer_ledger l WHERE l.request_id = c.request_id AND l.attempt = c.attempt)
  ON CONFLICT (request_id, attempt) DO NOTHING`

/** The calls that the customer rows of these records do not tell: of a new row all but the answering one, of a refused row all. */
export function otherCalls(
  added: readonly UsageRecord[],
  refused: readonly UsageRecord[],
): Statement[] {
  const ids: string[] = []
  const calls: ProviderCallRecord[] = []
  const take = (record: UsageRecord, told: ProviderCallRecord | null) => {
    for (const call of record.calls) {
      if (call === told) continue
      ids.push(record.request_id)
      calls.push(call)
    }
  }
  for (const record of added) take(record, answeringCall(record))
  for (const record of refused) take(record, null)
  if (ids.length === 0) return []
  const values = callFields.map((field) => calls.map((call) => storable(call[field])))
  return [{ text: insertCalls, values: [ids, ...values] }]
}

/** Prices by their id, as far as `known` does not have them. */
export function newPrices(
  records: readonly UsageRecord[],
  known: ReadonlySet<number>,
): ReadonlyMap<number, Price> {
  const prices = new Map<number, Price>()
  for (const { price } of records) {
    if (price === null) continue
    const id = priceId(price)
    if (!known.has(id)) prices.set(id, price)
  }
  return prices
}

/** A price is written once and never changed. */
export function insertPrices(prices: ReadonlyMap<number, Price>): Statement[] {
  if (prices.size === 0) return []
  const text = `
    INSERT INTO usage.prices (id, price) SELECT * FROM ${unnest(['bigint', 'text'])}
    ON CONFLICT (id) DO NOTHING`
  // In order of the id, so that two processes wait for each other instead of blocking each other.
  const ordered = [...prices].toSorted(([a], [b]) => a - b)
  return [
    { text, values: [ordered.map(([id]) => id), ordered.map(([, price]) => priceText(price))] },
  ]
}

function unnest(types: readonly string[]): string {
  return `unnest(${types.map((type, i) => `$${String(i + 1)}::${type}[]`).join(', ')})`
}

function optional(value: string | number | null): string {
  if (value === null) return '\\N'
  return typeof value === 'string' ? copyField(value) : String(value)
}

/** Postgres has no NUL in text; a caller may have one in a model's name. */
function storable(value: Scalar): Scalar {
  return typeof value === 'string' ? value.replaceAll('\0', '') : value
}
