import { envInt, type Environment, readEnvironment } from '@sluice/kernel/env'
import { z } from 'zod'

export const environment = z.object({
  AGENT_RESPONSES_TTL_DAYS: envInt(30, 1, 3_650).describe(
    'how long a response is kept for those who come back to it (store is true unless a call says otherwise)',
  ),
  AGENT_RESPONSES_MAX_CHAIN: envInt(500, 1, 10_000).describe(
    'responses that one conversation may go on from; beyond it previous_response_id is not found',
  ),
  CONVERSATIONS: z
    .enum(['all', 'off'])
    .default('all')
    .describe(
      'all: what callers ask and models answer becomes facts of gateway_conversations, responses of gateway_checkpoints; off: nobody keeps it',
    ),
  AGENT_SWEEP_INTERVAL_MS: envInt(5_000, 10, 60_000).describe(
    'how often responses that nobody said to have ended are looked after',
  ),
})

export interface AgentConfig {
  readonly responses: { readonly ttlMs: number; readonly maxChain: number }
  readonly sweepIntervalMs: number
  /** Responses that ended are told of, whole. */
  readonly checkpoints: boolean
}

export function readAgentConfig(env: Environment): AgentConfig {
  const values = readEnvironment(environment, env)
  return {
    responses: {
      ttlMs: values.AGENT_RESPONSES_TTL_DAYS * 24 * 3_600_000,
      maxChain: values.AGENT_RESPONSES_MAX_CHAIN,
    },
    checkpoints: values.CONVERSATIONS === 'all',
    sweepIntervalMs: values.AGENT_SWEEP_INTERVAL_MS,
  }
}
