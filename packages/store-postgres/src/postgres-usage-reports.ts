import type { TerminalState } from '@sluice/contracts/generation/log-entry'
import type { RequestId } from '@sluice/contracts/ids'
import type { Price } from '@sluice/contracts/price'
import {
  type BilledCall,
  type BillFilter,
  type Counts,
  type Dimension,
  type ErrorCount,
  type GroupedSums,
  hourMs,
  type Period,
  type Step,
  type SteppedSums,
  type Sums,
  type UsageReports,
} from '@sluice/store/usage-reports'
import { billConditions, hourConditions } from './bill-filter.ts'
import type { Database, Value } from './database.ts'
import { hourlySums } from './hourly-sums.ts'
import { migrate } from './migrate.ts'
import { usageMigrations } from './migrations/usage-migrations.ts'

/** Part of the `usage` schema on Postgres or PGlite. Brings the schema up to date first. */
export async function createPostgresUsageReports(database: Database): Promise<UsageReports> {
  await migrate(database, usageMigrations)
  return new PostgresUsageReports(database)
}

interface SumRow {
  readonly requests: number
  readonly failed: number
  readonly cancelled: number
  readonly estimated: number
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cached_input_tokens: number
  readonly cache_write_tokens: number
  readonly reasoning_tokens: number
  /** Numeric, as text. */
  readonly amount_nano_usd: string
  readonly duration_ms: number
  readonly first_part_ms: number
  readonly first_parts: number
}

/** All but the money, whose sum outgrows a safe integer. */
const counted = hourlySums.filter((column) => column !== 'amount_nano_usd')
const sumColumns = `${counted.map((column) => `coalesce(sum(${column}), 0)::bigint AS ${column}`).join(', ')},
  coalesce(sum(amount_nano_usd), 0)::text AS amount_nano_usd`

const groupColumns: Readonly<Record<Dimension, string>> = {
  model: 'model',
  project: 'project_id',
  user: 'user_id',
  key: 'key_id',
  channel: 'channel',
  provider: 'provider',
}

/** Unix ms of the beginning of a row's step. */
const stepStarts: Readonly<Record<Step, string>> = {
  hour: 'hour::bigint * 3600000',
  day: '(hour / 24)::bigint * 86400000',
  month: `(extract(epoch FROM date_trunc('month', to_timestamp(hour::bigint * 3600) AT TIME ZONE 'UTC')) * 1000)::bigint`,
}

interface BillRow {
  readonly request_id: RequestId
  readonly project_id: string
  readonly key_id: string
  readonly user_id: string | null
  readonly channel: string
  readonly operation: string
  readonly requested_model: string
  readonly model: string
  readonly provider: string | null
  readonly state: TerminalState
  readonly error_code: string | null
  readonly stream: boolean
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cached_input_tokens: number
  readonly cache_write_tokens: number
  readonly reasoning_tokens: number
  readonly estimated: boolean
  readonly amount_nano_usd: number
  readonly price: string | null
  readonly accepted_at: number
  readonly finished_at: number
  readonly first_part_ms: number | null
}

const billColumns = `request_id, project_id, key_id, user_id, channel, operation, requested_model, model, provider, state, error_code, stream,
  input_tokens, output_tokens, cached_input_tokens, cache_write_tokens, reasoning_tokens, estimated, amount_nano_usd,
  (SELECT price FROM usage.prices p WHERE p.id = price_id) AS price, accepted_at, finished_at, first_part_ms`

interface CountRow {
  readonly requests: number
  readonly tokens: string
  readonly amount: string
}
const countColumns = `count(*)::bigint AS requests, coalesce(sum(input_tokens + output_tokens), 0)::text AS tokens,
  coalesce(sum(amount_nano_usd), 0)::text AS amount`

class PostgresUsageReports implements UsageReports {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async totals(filter: BillFilter, period: Period): Promise<Sums> {
    const { where, values } = hourConditions(filter, period)
    const text = `SELECT ${sumColumns} FROM usage.hourly WHERE ${where}`
    const [row] = await this.#query<SumRow>(filter, text, values)
    // An aggregate without groups has one row.
    return toSums(row as SumRow)
  }

  async groups(
    filter: BillFilter,
    period: Period,
    by: readonly Dimension[],
    limit: number,
  ): Promise<readonly GroupedSums[]> {
    const { where, values } = hourConditions(filter, period)
    const columns = by.map((dimension) => groupColumns[dimension]).join(', ')
    const rows = await this.#query<SumRow & { names: string }>(
      filter,
      `SELECT json_build_array(${columns})::text AS names, ${sumColumns} FROM usage.hourly WHERE ${where}
       GROUP BY ${columns} ORDER BY sum(amount_nano_usd) DESC, ${columns} LIMIT $${String(values.length + 1)}::integer`,
      [...values, limit],
    )
    return rows.map((row) => {
      // An array of columns that are text and never null.
      const names = JSON.parse(row.names) as readonly string[]
      return { groups: names.map((name) => (name === '' ? null : name)), ...toSums(row) }
    })
  }

  async series(filter: BillFilter, period: Period, step: Step): Promise<readonly SteppedSums[]> {
    const { where, values } = hourConditions(filter, period)
    const rows = await this.#query<SumRow & { starts_at: number }>(
      filter,
      `SELECT ${stepStarts[step]} AS starts_at, ${sumColumns} FROM usage.hourly WHERE ${where} GROUP BY 1 ORDER BY 1`,
      values,
    )
    return rows.map((row) => ({ startsAt: row.starts_at, ...toSums(row) }))
  }

  async bills(
    filter: BillFilter,
    period: Period,
    { before, limit }: { readonly before: RequestId | null; readonly limit: number },
  ): Promise<readonly BilledCall[]> {
    let { to } = period
    // The ledger has no index by tenant: only hours in which there is something to find are looked through, newest first.
    const found: BilledCall[] = []
    for (const hour of await this.#hoursOf(filter, period)) {
      const startsAt = Math.max(period.from, hour * hourMs)
      to = Math.min(period.to, (hour + 1) * hourMs)
      const { where, values } = billConditions(filter, { from: startsAt, to })
      const cursor = before === null ? '' : ` AND request_id < $${String(values.length + 2)}::uuid`
      const rows = await this.#query<BillRow>(
        filter,
        `SELECT ${billColumns} FROM usage.customer_ledger WHERE ${where}${cursor}
         ORDER BY request_id DESC LIMIT $${String(values.length + 1)}::integer`,
        [...values, limit - found.length, ...(before === null ? [] : [before])],
      )
      found.push(...rows.map(toBill))
      if (found.length >= limit) break
    }
    return found
  }

  async dearest(filter: BillFilter, period: Period, limit: number): Promise<readonly BilledCall[]> {
    const { where, values } = billConditions(filter, period)
    const rows = await this.#query<BillRow>(
      filter,
      `SELECT ${billColumns} FROM usage.customer_ledger WHERE ${where}
       ORDER BY amount_nano_usd DESC, request_id DESC LIMIT $${String(values.length + 1)}::integer`,
      [...values, limit],
    )
    return rows.map(toBill)
  }

  async errors(filter: BillFilter, period: Period): Promise<readonly ErrorCount[]> {
    const { where, values } = billConditions(filter, period)
    return this.#query<ErrorCount>(
      filter,
      `SELECT error_code AS code, count(*)::bigint AS requests FROM usage.customer_ledger
       WHERE ${where} AND error_code IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 100`,
      values,
    )
  }

  async counts(
    filter: BillFilter,
    period: Period,
    requested: readonly string[] | null,
  ): Promise<Counts> {
    const isWhole = period.from % hourMs === 0 && period.to % hourMs === 0
    if (!isWhole) return this.#countBills(filter, period, requested, '')
    const { where, values } = hourConditions(filter, period, requested)
    const text = `
      SELECT coalesce(sum(requests), 0)::bigint AS requests, coalesce(sum(input_tokens + output_tokens), 0)::text AS tokens,
        coalesce(sum(amount_nano_usd), 0)::text AS amount
      FROM usage.hourly WHERE ${where}`
    const [row] = await this.#query<CountRow>(filter, text, values)
    const counts = toCounts(row)
    if (requested === null) return counts
    // Sums do not know what was asked for by calls that no model answered. They cost nothing, but they count.
    const unanswered = hourConditions({ ...filter, provider: '' }, period)
    const [others] = await this.#query<{ requests: number }>(
      filter,
      `SELECT coalesce(sum(requests), 0)::bigint AS requests FROM usage.hourly WHERE ${unanswered.where}`,
      unanswered.values,
    )
    if (!others?.requests) return counts
    const rest = await this.#countBills(filter, period, requested, ' AND provider IS NULL')
    return {
      requests: counts.requests + rest.requests,
      tokens: counts.tokens + rest.tokens,
      amountNanoUsd: counts.amountNanoUsd + rest.amountNanoUsd,
    }
  }

  async #countBills(
    filter: BillFilter,
    period: Period,
    requested: readonly string[] | null,
    and: string,
  ): Promise<Counts> {
    const { where, values } = billConditions(filter, period, requested)
    const text = `SELECT ${countColumns} FROM usage.customer_ledger WHERE ${where}${and}`
    const [row] = await this.#query<CountRow>(filter, text, values)
    return toCounts(row)
  }

  /** Hours of the period with a matching call, newest first. */
  async #hoursOf(filter: BillFilter, period: Period): Promise<readonly number[]> {
    const from = Math.floor(period.from / hourMs) * hourMs
    const { where, values } = hourConditions(filter, { from, to: period.to })
    const text = `SELECT DISTINCT hour FROM usage.hourly WHERE ${where} ORDER BY hour DESC`
    const rows = await this.#query<{ hour: number }>(filter, text, values)
    return rows.map(({ hour }) => hour)
  }

  async #query<Row>(
    { tenantId }: BillFilter,
    text: string,
    values: readonly Value[],
  ): Promise<readonly Row[]> {
    const { rows } = await this.#database.query<Row>(text, values, { tenant: tenantId })
    return rows
  }
}

function toSums(row: SumRow): Sums {
  return {
    requests: row.requests,
    failed: row.failed,
    cancelled: row.cancelled,
    estimated: row.estimated,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    cachedInputTokens: row.cached_input_tokens,
    cacheWriteTokens: row.cache_write_tokens,
    reasoningTokens: row.reasoning_tokens,
    amountNanoUsd: BigInt(row.amount_nano_usd),
    durationMs: row.duration_ms,
    firstPartMs: row.first_part_ms,
    firstParts: row.first_parts,
  }
}

function toCounts(row: CountRow | undefined): Counts {
  return {
    requests: row?.requests ?? 0,
    tokens: BigInt(row?.tokens ?? 0),
    amountNanoUsd: BigInt(row?.amount ?? 0),
  }
}

function toBill(row: BillRow): BilledCall {
  return {
    requestId: row.request_id,
    projectId: row.project_id,
    keyId: row.key_id,
    userId: row.user_id,
    channel: row.channel,
    operation: row.operation,
    requestedModel: row.requested_model,
    model: row.model,
    provider: row.provider,
    state: row.state,
    errorCode: row.error_code,
    stream: row.stream,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    cachedInputTokens: row.cached_input_tokens,
    cacheWriteTokens: row.cache_write_tokens,
    reasoningTokens: row.reasoning_tokens,
    estimated: row.estimated,
    amountNanoUsd: row.amount_nano_usd,
    // We wrote it.
    price: row.price === null ? null : (JSON.parse(row.price) as Price),
    acceptedAt: row.accepted_at,
    finishedAt: row.finished_at,
    firstPartMs: row.first_part_ms,
  }
}
