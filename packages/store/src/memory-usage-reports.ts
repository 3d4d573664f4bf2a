import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { MemoryUsageStore } from './memory-usage-store.ts'
import {
  type BilledCall,
  type BillFilter,
  type Counts,
  type Dimension,
  noSums,
  type Period,
  type Step,
  type Sums,
  type UsageReports,
} from './usage-reports.ts'

/** Made from the rows themselves at every question: for tests, and the measure of the adapter that keeps sums. */
export function createMemoryUsageReports({
  ledger,
}: Pick<MemoryUsageStore, 'ledger'>): UsageReports {
  const find = (filter: BillFilter, { from, to }: Period) =>
    [...ledger.values()].filter(
      (bill) => bill.accepted_at >= from && bill.accepted_at < to && matches(filter, bill),
    )
  const grouped = <Key>(bills: readonly UsageRecord[], key: (bill: UsageRecord) => Key) =>
    [...Map.groupBy(bills, key)].map(([name, group]) => ({ name, sums: sumOf(group) }))
  return {
    totals: async (filter, period) => sumOf(find(filter, period)),
    async groups(filter, period, by, limit) {
      const namesOf = (bill: UsageRecord) => by.map((dimension) => groupOf(bill, dimension))
      return grouped(find(filter, period), (bill) => JSON.stringify(namesOf(bill)))
        .map(({ name, sums }) => ({ groups: JSON.parse(name) as (string | null)[], ...sums }))
        .toSorted(
          (a, b) => Number(b.amountNanoUsd - a.amountNanoUsd) || compareAll(a.groups, b.groups),
        )
        .slice(0, limit)
    },
    async series(filter, period, step) {
      return grouped(find(filter, period), (bill) => stepOf(bill.accepted_at, step))
        .map(({ name, sums }) => ({ startsAt: name, ...sums }))
        .toSorted((a, b) => a.startsAt - b.startsAt)
    },
    async bills(filter, period, { before, limit }) {
      return find(filter, period)
        .filter((bill) => before === null || bill.request_id < before)
        .toSorted((a, b) => compare(b.request_id, a.request_id))
        .slice(0, limit)
        .map(shown)
    },
    async dearest(filter, period, limit) {
      return find(filter, period)
        .toSorted(
          (a, b) => b.amount_nano_usd - a.amount_nano_usd || compare(b.request_id, a.request_id),
        )
        .slice(0, limit)
        .map(shown)
    },
    async errors(filter, period) {
      const failed = find(filter, period).filter((bill) => bill.error_code !== null)
      return grouped(failed, (bill) => bill.error_code ?? '')
        .map(({ name, sums }) => ({ code: name, requests: sums.requests }))
        .toSorted((a, b) => b.requests - a.requests || compare(a.code, b.code))
        .slice(0, 100)
    },
    async counts(filter, period, requested): Promise<Counts> {
      const isCounted = ({ requested_model: name }: UsageRecord) =>
        requested?.some((glob) => globMatches(glob, name)) ?? true
      const { requests, inputTokens, outputTokens, amountNanoUsd } = sumOf(
        find(filter, period).filter(isCounted),
      )
      return { requests, tokens: BigInt(inputTokens + outputTokens), amountNanoUsd }
    },
  }
}

function matches(filter: BillFilter, bill: UsageRecord): boolean {
  const is = (wanted: string | undefined, found: string | null) =>
    wanted === undefined || wanted === found
  return (
    filter.tenantId === bill.tenant_id &&
    is(filter.projectId, bill.project_id) &&
    is(filter.keyId, bill.key_id) &&
    is(filter.userId, bill.user_id) &&
    is(filter.channel, bill.channel) &&
    is(filter.provider, bill.provider) &&
    is(filter.model, groupOf(bill, 'model'))
  )
}

function globMatches(glob: string, name: string): boolean {
  const [first = '', ...rest] = glob.split('*')
  if (rest.length === 0) return glob === name
  if (!name.startsWith(first)) return false
  const last = rest.pop() ?? ''
  let at = first.length
  for (const part of rest) {
    const found = name.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return name.length - last.length >= at && name.endsWith(last)
}

function groupOf(bill: UsageRecord, by: Dimension): string | null {
  switch (by) {
    case 'model':
      return bill.provider === null ? null : bill.model
    case 'project':
      return bill.project_id
    case 'user':
      return bill.user_id
    case 'key':
      return bill.key_id
    case 'channel':
      return bill.channel
    case 'provider':
      return bill.provider
  }
}

function stepOf(at: number, step: Step): number {
  const date = new Date(at)
  if (step === 'hour') date.setUTCMinutes(0, 0, 0)
  else date.setUTCHours(0, 0, 0, 0)
  if (step === 'month') date.setUTCDate(1)
  return date.getTime()
}

function sumOf(bills: readonly UsageRecord[]): Sums {
  return bills.reduce((sums: Sums, bill) => {
    const { state } = bill
    return {
      requests: sums.requests + 1,
      failed: sums.failed + Number(state === 'failed' || state === 'expired'),
      cancelled: sums.cancelled + Number(state === 'cancelled'),
      estimated: sums.estimated + Number(bill.estimated),
      inputTokens: sums.inputTokens + bill.input_tokens,
      outputTokens: sums.outputTokens + bill.output_tokens,
      cachedInputTokens: sums.cachedInputTokens + bill.cached_input_tokens,
      cacheWriteTokens: sums.cacheWriteTokens + bill.cache_write_tokens,
      reasoningTokens: sums.reasoningTokens + bill.reasoning_tokens,
      amountNanoUsd: sums.amountNanoUsd + BigInt(bill.amount_nano_usd),
      durationMs: sums.durationMs + Math.max(0, bill.finished_at - bill.accepted_at),
      firstPartMs: sums.firstPartMs + (bill.first_part_ms ?? 0),
      firstParts: sums.firstParts + Number(bill.first_part_ms !== null),
    }
  }, noSums)
}

function shown(bill: UsageRecord): BilledCall {
  return {
    requestId: bill.request_id,
    projectId: bill.project_id,
    keyId: bill.key_id,
    userId: bill.user_id,
    channel: bill.channel,
    operation: bill.operation,
    requestedModel: bill.requested_model,
    model: bill.model,
    provider: bill.provider,
    state: bill.state,
    errorCode: bill.error_code,
    stream: bill.stream,
    inputTokens: bill.input_tokens,
    outputTokens: bill.output_tokens,
    cachedInputTokens: bill.cached_input_tokens,
    cacheWriteTokens: bill.cache_write_tokens,
    reasoningTokens: bill.reasoning_tokens,
    estimated: bill.estimated,
    amountNanoUsd: bill.amount_nano_usd,
    price: bill.price,
    acceptedAt: bill.accepted_at,
    finishedAt: bill.finished_at,
    firstPartMs: bill.first_part_ms,
  }
}

function compareAll(a: readonly (string | null)[], b: readonly (string | null)[]): number {
  const differing = a.findIndex((name, i) => name !== b[i])
  return differing < 0 ? 0 : compare(a[differing] ?? '', b[differing] ?? '')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
