import { z } from 'zod'
import { KeyId, ProjectId, RequestId, TenantId, UserId } from '../ids.ts'
import { Limit } from '../limits.ts'
import { Price } from '../price.ts'
import { Usage } from '../usage.ts'
import { AskedTurns } from './asked-turns.ts'
import { TerminalState } from './log-entry.ts'
import { ProviderCallRecord } from './provider-call-record.ts'
import { RouteDecision } from './route-plan.ts'

/** The bill of one generation, as it is published. The names are those of the table and of the event. */
export const Bill = Usage.extend({
  request_id: RequestId,
  tenant_id: TenantId,
  project_id: ProjectId,
  key_id: KeyId,
  user_id: UserId.nullable().default(null).describe('null = nobody’s in particular'),
  channel: z.string().default('http').describe('by which the call came: `http`'),
  operation: z.string().describe('`chat`, `embeddings`, …'),
  requested_model: z.string().describe('as the caller wrote it'),
  model: z.string().describe('that answered; the requested name when none did'),
  provider: z.string().nullable().describe('that answered; null = none did'),
  calls: z.array(ProviderCallRecord).describe('every call that a provider may have seen'),
  state: TerminalState.describe('how it ended'),
  error_code: z.string().nullable().describe('why it did not complete'),
  amount_nano_usd: z.int().min(0).describe('what the customer pays, 1e-9 USD'),
  budgets: z
    .array(Limit)
    .optional()
    .describe('that it counts against, as they were when it was accepted; absent = none'),
  price: Price.nullable()
    .default(null)
    .describe('what the amount was made from, USD per million tokens; null = nothing was charged'),
  stream: z.boolean().describe('answered as a stream'),
  accepted_at: z.int().describe('Unix ms'),
  finished_at: z.int().describe('Unix ms'),
  first_part_ms: z
    .int()
    .min(0)
    .nullable()
    .describe('from acceptance to the first published part; null = nothing was published'),
})
export type Bill = z.infer<typeof Bill>

/**
 * What is left of a generation for those who keep books: its bill, and what else happened that is a fact of its own. Written in the same step as
 * its terminal entry, turned by `usage` into one customer ledger row, one provider ledger row per call, and its events.
 */
export const UsageRecord = Bill.extend({
  /** Where it was sent, and why; absent = it was not routed. */
  decision: RouteDecision.optional(),
  /** What it added to its conversation; absent = nothing, or nothing is kept. */
  asked: AskedTurns.optional(),
})
export type UsageRecord = z.infer<typeof UsageRecord>
