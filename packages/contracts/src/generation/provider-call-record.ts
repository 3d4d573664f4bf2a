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
  attempt: z.int().min(1).describe('counts the calls of a generation, over all its workers'),
  provider: z.string(),
  model: z.string().describe('catalogue name'),
  state: ProviderCallState.describe('`unconfirmed`: the provider may have seen it or not'),
  error_code: z.string().nullable().describe('why it did not complete'),
  cost_nano_usd: z.int().min(0).describe('what it costs us, 1e-9 USD'),
  started_at: z.int().describe('Unix ms'),
  finished_at: z.int().describe('Unix ms'),
})
export type ProviderCallRecord = z.infer<typeof ProviderCallRecord>
