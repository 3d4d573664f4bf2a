import { Counter, type Registry } from 'prom-client'

export function createAgentMetrics(registry: Registry) {
  const registers = [registry]
  return {
    kept: new Counter({
      name: 'gateway_responses_kept_total',
      help: 'Responses kept before their generation was accepted',
      registers,
    }),
    ended: new Counter({
      name: 'gateway_responses_ended_total',
      help: 'Kept responses that got their end, by its status',
      labelNames: ['status'],
      registers,
    }),
    removed: new Counter({
      name: 'gateway_responses_expired_total',
      help: 'Kept responses removed because their time was over',
      registers,
    }),
    notCheckpointed: new Counter({
      name: 'gateway_checkpoints_too_large_total',
      help: 'Responses that are too large for an event: they cannot be restored from the lake',
      registers,
    }),
    sweepFailures: new Counter({
      name: 'gateway_responses_sweep_failures_total',
      help: 'Rounds of the sweep that a store did not take; they are repeated',
      registers,
    }),
  }
}
export type AgentMetrics = ReturnType<typeof createAgentMetrics>
