import { z } from 'zod'
import type { Role } from '../../access.ts'
import { TerminalState } from '../../generation/log-entry.ts'
import { Price } from '../../price.ts'
import { pageOf } from '../paging.ts'
import { defineRoute, type Route } from '../route.ts'
import { time } from '../shapes.ts'

/** `operator` keeps things running and sees nobody's money. What of the tenant's the others see, their role decides. */
export const spendRoles: readonly Role[] = ['owner', 'admin', 'project_admin', 'user', 'viewer']
const common = { owner: 'usage', tag: 'Spend', access: { roles: spendRoles } } as const

const bound = z.union([z.iso.date(), z.iso.datetime({ offset: true })])
// oxlint-disable-next-line no-control-regex -- a database takes no NUL, and no name has another one
const name = z.string().regex(/^[^\u0000-\u001f]{1,200}$/)

const period = {
  from: bound.optional().describe('Inclusive; a date is its first moment, UTC'),
  to: bound.optional().describe('Exclusive; a date is the end of that day, UTC. Default: now'),
}
const filters = {
  model: name.optional().describe('That answered'),
  project: name.optional(),
  user: name.optional(),
  key: name.optional(),
  channel: name.optional(),
  provider: name.optional(),
}
const format = z.enum(['json', 'csv']).default('json')

/** USD as an exact decimal; the same in nano-USD, a string only beyond what a JSON number holds exactly. */
const usd = z.string().regex(/^\d+\.\d{9}$/)
const nanoUsd = z.union([z.int().min(0), z.string().regex(/^\d+$/)])

export const SumsView = z.object({
  requests: z.int(),
  failed: z.int(),
  cancelled: z.int(),
  /** Share of `failed`, 0 to 1. */
  error_rate: z.number(),
  input_tokens: z.int(),
  output_tokens: z.int(),
  cached_input_tokens: z.int(),
  cache_write_tokens: z.int(),
  reasoning_tokens: z.int(),
  /** Requests whose tokens are our estimate: their provider told none. */
  estimated: z.int(),
  cost_usd: usd,
  cost_nano_usd: nanoUsd,
})
export type SumsView = z.infer<typeof SumsView>

export const Dimension = z.enum(['model', 'project', 'user', 'key', 'channel', 'provider'])
/** `model`, or several at once: `model,user`. */
export const Dimensions = z
  .string()
  .regex(new RegExp(`^(${Dimension.options.join('|')})(,(${Dimension.options.join('|')}))*$`))
  .refine((by) => new Set(by.split(',')).size === by.split(',').length, 'names a dimension twice')
export const Step = z.enum(['hour', 'day', 'month'])

export const spendReport = defineRoute({
  ...common,
  id: 'spend.report',
  method: 'GET',
  path: '/v1/spend/report',
  summary:
    'What was spent: totals, by one dimension or several (dearest first), over time; whole hours',
  query: z.strictObject({
    ...period,
    ...filters,
    group_by: Step.optional().describe('Steps of the series; default: day. As CSV: the series'),
    by: Dimensions.optional().describe(
      `What the breakdown tells apart, of ${Dimension.options.join(', ')}; several with commas (\`model,user\`): a row for each combination. Default: model. As CSV: the breakdown, which is the default`,
    ),
    limit: z.coerce.number().int().min(1).max(1_000).default(100).describe('Rows of the breakdown'),
    format,
  }),
  status: 200,
  reply: z.object({
    /** The hours that are in it. */
    from: time,
    to: time,
    group_by: Step,
    by: Dimensions,
    totals: SumsView,
    /** `group` is the value of the first dimension, `groups` that of each. Null: nobody's, or calls that no model answered. */
    breakdown: z.array(
      SumsView.extend({
        group: z.string().nullable(),
        groups: z.partialRecord(Dimension, z.string().nullable()),
      }),
    ),
    /** Steps without a call are left out. */
    series: z.array(SumsView.extend({ starts_at: time })),
  }),
})

export const BilledCallView = z.object({
  request_id: z.string(),
  project_id: z.string(),
  key_id: z.string(),
  user_id: z.string().nullable(),
  channel: z.string(),
  operation: z.string(),
  requested_model: z.string(),
  model: z.string(),
  provider: z.string().nullable(),
  state: TerminalState,
  error_code: z.string().nullable(),
  stream: z.boolean(),
  input_tokens: z.int(),
  output_tokens: z.int(),
  cached_input_tokens: z.int(),
  cache_write_tokens: z.int(),
  reasoning_tokens: z.int(),
  estimated: z.boolean(),
  cost_usd: usd,
  cost_nano_usd: nanoUsd,
  /** What the cost was made from, USD per million tokens. */
  price: Price.nullable(),
  accepted_at: time,
  finished_at: time,
  duration_ms: z.int(),
  first_part_ms: z.int().nullable(),
})
export type BilledCallView = z.infer<typeof BilledCallView>

export const listUsage = defineRoute({
  ...common,
  id: 'usage.list',
  method: 'GET',
  path: '/v1/usage',
  summary: 'Calls with what they cost, the newest first',
  query: z.strictObject({
    ...period,
    ...filters,
    limit: z.coerce.number().int().min(1).max(1_000).default(100),
    after: z.uuid().optional().describe('last_id of the page before'),
    format,
  }),
  status: 200,
  reply: pageOf(BilledCallView),
})

export const readStats = defineRoute({
  ...common,
  id: 'usage.stats',
  method: 'GET',
  path: '/v1/stats',
  summary: 'Error rate, times, the dearest models and calls, the most frequent errors',
  query: z.strictObject({
    ...period,
    ...filters,
    limit: z.coerce.number().int().min(1).max(100).default(10).describe('Rows of each list'),
  }),
  status: 200,
  reply: z.object({
    from: time,
    to: time,
    totals: SumsView,
    /** From acceptance to the end; null without a call. */
    average_duration_ms: z.number().nullable(),
    /** From acceptance to the first part, of calls that had one. */
    average_first_part_ms: z.number().nullable(),
    most_expensive_models: z.array(SumsView.extend({ group: z.string().nullable() })),
    most_expensive_calls: z.array(BilledCallView),
    errors: z.array(z.object({ code: z.string(), requests: z.int() })),
  }),
})

export const spendRoutes: readonly Route[] = [spendReport, listUsage, readStats]
