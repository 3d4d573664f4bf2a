import { envFlag, envInt, envList, type Environment, readEnvironment } from '@sluice/kernel/env'
import { z } from 'zod'
import type { OutboundPolicy } from './outbound-guard.ts'

/** What the gateway fetches for callers: images by URL, and other addresses that a tenant chose. */
export const environment = z.object({
  OUTBOUND_ALLOWED_HOSTS: envList
    .prefault('')
    .describe(
      'host or host:port, separated by commas, that callers may name although it is private',
    ),
  OUTBOUND_BLOCK_PRIVATE_NETWORK: envFlag(true).describe(
    'refuse private addresses; link-local and metadata addresses are refused in any case',
  ),
  OUTBOUND_TIMEOUT_MS: envInt(10_000, 1).describe('a fetch with all its redirects'),
  OUTBOUND_MAX_BYTES: envInt(10_485_760, 1).describe('largest answer taken'),
})

export function readOutboundPolicy(env: Environment): OutboundPolicy {
  const values = readEnvironment(environment, env)
  return {
    allowedHosts: values.OUTBOUND_ALLOWED_HOSTS,
    blockPrivateNetwork: values.OUTBOUND_BLOCK_PRIVATE_NETWORK,
    timeoutMs: values.OUTBOUND_TIMEOUT_MS,
    maxBytes: values.OUTBOUND_MAX_BYTES,
  }
}
