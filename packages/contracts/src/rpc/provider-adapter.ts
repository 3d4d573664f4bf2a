import { z } from 'zod'
import { ProviderReplica } from '../http/routes/providers.ts'
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

/** Whether a provider answers, with our credential: one question that costs nothing. */
export const testProvider = defineRpc({
  name: 'provider-adapter.test-provider',
  /** `tenantId`: whose provider is meant by the name. */
  request: z.object({ provider: z.string(), tenantId: z.string() }),
  reply: z.object({
    /** Of its answer; null = there was none. */
    status: z.int().nullable(),
    latencyMs: z.number(),
    problem: z.string().nullable(),
  }),
})

/** Broadcast channels between provider-adapters and routers: hints, all of them. Providers are named by `providerId`. */
export const standingsChannel = 'provider-standings'
/** What one provider-adapter knows of its providers, every few seconds. */
export const ProviderStandings = z.object({
  instance: z.string(),
  /** `at`: Unix ms. */
  providers: z.array(
    ProviderReplica.omit({ instance: true }).extend({ id: z.string(), at: z.int() }),
  ),
})
export type ProviderStandings = z.infer<typeof ProviderStandings>

export const providerResetChannel = 'provider-reset'
export const ProviderReset = z.object({ id: z.string() })

/** A key of a pool rests: what one provider-adapter was told need not be told to each. */
export const keyRestChannel = 'provider-key-rest'
export const KeyRest = z.object({
  instance: z.string(),
  id: z.string(),
  /** Of the key in its pool, from 1, and how many keys that had. */
  number: z.int().positive(),
  keys: z.int().positive(),
  ms: z.number().positive(),
})
export type KeyRest = z.infer<typeof KeyRest>
