import { envInt, type Environment, readEnvironment } from '@sluice/kernel/env'
import type { OutboundPolicy } from '@sluice/outbound-guard'
import { readOutboundPolicy } from '@sluice/outbound-guard/config'
import type { KeyRing } from '@sluice/secret-box'
import { readKeyRing } from '@sluice/secret-box/config'
import { z } from 'zod'

export const environment = z.object({
  ROUTER_CONCURRENCY: envInt(256, 1, 10_000).describe('requests routed at once per process'),
  ROUTER_REAP_INTERVAL_MS: envInt(250, 10, 60_000).describe(
    'how often abandoned generations are looked for',
  ),
  REGISTRY_POLL_MS: envInt(15_000, 250).describe(
    'how often it is looked at least whether registered backends renewed their lease',
  ),
})

export interface RouterConfig {
  readonly concurrency: number
  readonly reapIntervalMs: number
  readonly registryPollMs: number
  /** Seals the credentials of providers; null = there is none, and none are stored. */
  readonly keyRing: KeyRing | null
  /** What tenants may name as the address of a provider. */
  readonly outbound: OutboundPolicy
}

export function readRouterConfig(env: Environment): RouterConfig {
  const values = readEnvironment(environment, env)
  return {
    concurrency: values.ROUTER_CONCURRENCY,
    reapIntervalMs: values.ROUTER_REAP_INTERVAL_MS,
    registryPollMs: values.REGISTRY_POLL_MS,
    keyRing: readKeyRing(env),
    outbound: readOutboundPolicy(env),
  }
}
