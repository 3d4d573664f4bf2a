import type { BilledCallView, SumsView } from '@sluice/contracts/http/routes/spend'
import type { BilledCall, Dimension, GroupedSums, Sums } from '@sluice/store/usage-reports'

const perUsd = 1_000_000_000n

/** Exact, with nine places: `0.000012345`. */
export function usd(nanoUsd: bigint): string {
  const size = nanoUsd < 0n ? -nanoUsd : nanoUsd
  const places = String(size % perUsd).padStart(9, '0')
  return `${nanoUsd < 0n ? '-' : ''}${String(size / perUsd)}.${places}`
}

/** A JSON number as long as that is exact. */
function integer(value: bigint): number | string {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value)
}

export function iso(ms: number): string {
  return new Date(ms).toISOString()
}

export function sumsView(sums: Sums): SumsView {
  return {
    requests: sums.requests,
    failed: sums.failed,
    cancelled: sums.cancelled,
    error_rate: sums.requests === 0 ? 0 : sums.failed / sums.requests,
    input_tokens: sums.inputTokens,
    output_tokens: sums.outputTokens,
    cached_input_tokens: sums.cachedInputTokens,
    cache_write_tokens: sums.cacheWriteTokens,
    reasoning_tokens: sums.reasoningTokens,
    estimated: sums.estimated,
    cost_usd: usd(sums.amountNanoUsd),
    cost_nano_usd: integer(sums.amountNanoUsd),
  }
}

/** Of `model,user`, which a row of the route table has checked. */
export function dimensionsOf(by: string): readonly Dimension[] {
  return by.split(',') as Dimension[]
}

export function groupView(row: GroupedSums, dimensions: readonly Dimension[]) {
  const values = dimensions.map((name, i) => [name, row.groups[i] ?? null] as const)
  return {
    group: row.groups[0] ?? null,
    groups: Object.fromEntries(values) as Partial<Record<Dimension, string | null>>,
    ...sumsView(row),
  }
}

export function billView(bill: BilledCall): BilledCallView {
  return {
    request_id: bill.requestId,
    project_id: bill.projectId,
    key_id: bill.keyId,
    user_id: bill.userId,
    channel: bill.channel,
    operation: bill.operation,
    requested_model: bill.requestedModel,
    model: bill.model,
    provider: bill.provider,
    state: bill.state,
    error_code: bill.errorCode,
    stream: bill.stream,
    input_tokens: bill.inputTokens,
    output_tokens: bill.outputTokens,
    cached_input_tokens: bill.cachedInputTokens,
    cache_write_tokens: bill.cacheWriteTokens,
    reasoning_tokens: bill.reasoningTokens,
    estimated: bill.estimated,
    cost_usd: usd(BigInt(bill.amountNanoUsd)),
    cost_nano_usd: bill.amountNanoUsd,
    price: bill.price,
    accepted_at: iso(bill.acceptedAt),
    finished_at: iso(bill.finishedAt),
    duration_ms: Math.max(0, bill.finishedAt - bill.acceptedAt),
    first_part_ms: bill.firstPartMs,
  }
}

export const sumColumns = [
  'requests',
  'failed',
  'cancelled',
  'input_tokens',
  'output_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'reasoning_tokens',
  'estimated',
  'cost_usd',
  'cost_nano_usd',
] as const satisfies readonly (keyof SumsView)[]

export const billColumns = [
  'request_id',
  'accepted_at',
  'finished_at',
  'project_id',
  'user_id',
  'key_id',
  'channel',
  'operation',
  'requested_model',
  'model',
  'provider',
  'state',
  'error_code',
  'stream',
  'input_tokens',
  'output_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'reasoning_tokens',
  'estimated',
  'cost_usd',
  'cost_nano_usd',
  'duration_ms',
  'first_part_ms',
] as const satisfies readonly (keyof BilledCallView)[]
