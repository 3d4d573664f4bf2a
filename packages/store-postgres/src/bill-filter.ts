import { type BillFilter, hourMs, type Period } from '@sluice/store/usage-reports'
import type { Value } from './database.ts'

/** Clocks of the processes that made id and row differ by less, ms: an id's own time is that of its row's acceptance. */
const idMarginMs = 60_000

export interface Conditions {
  readonly where: string
  readonly values: readonly Value[]
}

const names = {
  tenantId: 'tenant_id',
  projectId: 'project_id',
  keyId: 'key_id',
  userId: 'user_id',
  channel: 'channel',
  provider: 'provider',
  model: 'model',
} as const satisfies Partial<Record<keyof BillFilter, string>>

/** Over `usage.hourly`: whole hours, as many as begin in the period. */
export function hourConditions(
  filter: BillFilter,
  { from, to }: Period,
  requested: readonly string[] | null = null,
): Conditions {
  const conditions = ofFilter(filter, requested)
  conditions.add('hour >= ?::integer', hourAt(from))
  conditions.add('hour < ?::integer', hourAt(to))
  return conditions.joined()
}

/** Over `usage.customer_ledger`: ids begin with their time, so a period is a range of the primary key. */
export function billConditions(
  filter: BillFilter,
  { from, to }: Period,
  requested: readonly string[] | null = null,
): Conditions {
  const conditions = ofFilter(filter, requested)
  addPeriod(conditions, { from, to })
  // As reports group them.
  if (filter.model !== undefined) conditions.add('provider IS NOT NULL')
  return conditions.joined()
}

/** The first hour that begins at or after a moment; a period without an end has the last one that the column holds. */
function hourAt(ms: number): number {
  return Math.min(Math.ceil(ms / hourMs), 2 ** 31 - 1)
}

/** The same for the bills of all tenants. */
export function periodConditions(period: Period): Conditions {
  const conditions = collect()
  addPeriod(conditions, period)
  return conditions.joined()
}

function addPeriod({ add }: ReturnType<typeof collect>, { from, to }: Period): void {
  add('request_id >= ?::uuid', firstIdAt(from - idMarginMs))
  add('request_id < ?::uuid', firstIdAt(to + idMarginMs))
  add('accepted_at >= ?::bigint', from)
  add('accepted_at < ?::bigint', to)
}

function ofFilter(filter: BillFilter, requested: readonly string[] | null) {
  const conditions = collect()
  const { add } = conditions
  for (const [member, column] of Object.entries(names)) {
    const value = filter[member as keyof typeof names]
    if (value !== undefined) add(`${column} = ?`, value)
  }
  if (requested !== null) add('requested_model LIKE ANY (?::text[])', requested.map(likePattern))
  return conditions
}

function collect() {
  const parts: string[] = []
  const values: Value[] = []
  const add = (condition: string, value?: Value) => {
    if (value !== undefined) values.push(value)
    parts.push(condition.replace('?', `$${String(values.length)}`))
  }
  return { add, joined: (): Conditions => ({ where: parts.join(' AND '), values }) }
}

/** `*` is any run of characters, everything else itself. */
function likePattern(glob: string): string {
  return glob.replaceAll(/[\\%_]/g, String.raw`\$&`).replaceAll(/\*+/g, '%')
}

/** The least UUID whose first 48 bits are this time. */
function firstIdAt(ms: number): string {
  const last = 2 ** 48 - 1
  const time = Math.min(Math.max(0, Math.floor(ms)), last)
    .toString(16)
    .padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`
}
