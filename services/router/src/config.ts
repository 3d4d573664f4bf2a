import { envInt, type Environment, readEnvironment } from '@sluice/kernel/env'
import { z } from 'zod'

export const environment = z.object({
  ROUTER_CONCURRENCY: envInt(256, 1, 10_000).describe('requests routed at once per process'),
  ROUTER_REAP_INTERVAL_MS: envInt(250, 10, 60_000).describe(
    'how often abandoned generations are looked for',
  ),
})

export interface RouterConfig {
  readonly concurrency: number
  readonly reapIntervalMs: number
}

export function readRouterConfig(env: Environment): RouterConfig {
  const values = readEnvironment(environment, env)
  return { concurrency: values.ROUTER_CONCURRENCY, reapIntervalMs: values.ROUTER_REAP_INTERVAL_MS }
}
