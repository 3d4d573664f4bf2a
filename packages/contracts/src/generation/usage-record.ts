import { z } from 'zod'
import { KeyId, ProjectId, RequestId, TenantId, UserId } from '../ids.ts'
import { Limit } from '../limits.ts'
import { Price } from '../price.ts'
import { Usage } from '../usage.ts'
import { TerminalState } from './log-entry.ts'
import { ProviderCallRecord } from './provider-call-record.ts'

/**
 * The bill of one generation: written in the same step as its terminal entry, turned by `usage` into one customer ledger row, one
 * provider ledger row per call, and one `gateway_usage` event. The names are those of the table and of the event.
 */
export const UsageRecord = Usage.extend({
  request_id: RequestId,
  tenant_id: TenantId,
  project_id: ProjectId,
  key_id: KeyId,
  /** Whose key or session it was; null = nobody's in particular. */
  user_id: UserId.nullable().default(null),
  /** By which the call came: `http`. */
  channel: z.string().default('http'),
  operation: z.string(),
  /** The model name as the caller wrote it. */
  requested_model: z.string(),
  /** Catalogue name of the model that answered; the requested name when none did. */
  model: z.string(),
  provider: z.string().nullable(),
  /** Every call a provider may have seen, by `attempt`. */
  calls: z.array(ProviderCallRecord),
  state: TerminalState,
  error_code: z.string().nullable(),
  amount_nano_usd: z.int().min(0),
  /** Limits of money that it counts against, as they were when it was accepted; absent = none. */
  budgets: z.array(Limit).optional(),
  /** What the amount was made from, as it was then; null = nothing was charged, or the model is declared free. */
  price: Price.nullable().default(null),
  stream: z.boolean(),
  /** Unix ms. */
  accepted_at: z.int(),
  finished_at: z.int(),
  /** Milliseconds from acceptance to the first published part; null when nothing was published. */
  first_part_ms: z.int().min(0).nullable(),
})
export type UsageRecord = z.infer<typeof UsageRecord>
