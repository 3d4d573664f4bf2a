import { z } from 'zod'
import { Usage } from '../usage.ts'

/**
 * How a provider call ended. `unconfirmed`: whoever held the generation died after it had said that it would call, so the provider may
 * have seen this call or not.
 */
export const ProviderCallState = z.enum(['completed', 'failed', 'cancelled', 'unconfirmed'])
export type ProviderCallState = z.infer<typeof ProviderCallState>

/** One call that a provider may have seen: what it costs us, whatever the customer pays. Becomes one row of the provider ledger. */
export const ProviderCallRecord = Usage.extend({
  /** Counts the calls of a generation from 1, over all its workers. */
  attempt: z.int().min(1),
  provider: z.string(),
  /** Catalogue name. */
  model: z.string(),
  state: ProviderCallState,
  error_code: z.string().nullable(),
  cost_nano_usd: z.int().min(0),
  /** Unix ms. */
  started_at: z.int(),
  finished_at: z.int(),
})
export type ProviderCallRecord = z.infer<typeof ProviderCallRecord>
