import { z } from 'zod'
import { RouteTarget } from '../generation/route-plan.ts'
import { defineRpc } from './rpc.ts'

/** How many tokens a call in Anthropic's dialect would be for this target, by the provider's own count. It is no generation and costs nothing. */
export const countTokens = defineRpc({
  name: 'provider-adapter.count-tokens',
  request: z.object({
    target: RouteTarget,
    /** Of the caller: whose provider is meant by the target's name. */
    tenantId: z.string().default(''),
    /** Of the caller, base64. */
    body: z.string(),
    /** Caller headers that may reach a provider, names in lower case. */
    headers: z.record(z.string(), z.string()),
  }),
  /** Null: it does not count, or does not answer. */
  reply: z.object({ tokens: z.int().min(0).nullable() }),
})
