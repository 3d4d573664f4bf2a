import { envFlag, envInt, type Environment, readEnvironment } from '@sluice/kernel/env'
import { z } from 'zod'

export const environment = z.object({
  LEDGER_ENABLED: envFlag(true).describe(
    'false drops usage records unread: only to measure what the ledger costs',
  ),
  USAGE_BATCH_MAX: envInt(1_000, 1, 10_000).describe('usage records stored in one transaction'),
  USAGE_BATCH_WAIT_MS: envInt(100, 0, 10_000).describe(
    'how long a usage record may wait for others',
  ),
  USAGE_RELAY_INTERVAL_MS: envInt(200, 10, 60_000).describe(
    'how often the outbox is looked at when nothing is known to wait',
  ),
})

export interface UsageConfig {
  readonly ledger: boolean
  readonly batch: { readonly maxRecords: number; readonly maxWaitMs: number }
  readonly relayIntervalMs: number
}

export function readUsageConfig(env: Environment): UsageConfig {
  const values = readEnvironment(environment, env)
  return {
    ledger: values.LEDGER_ENABLED,
    batch: { maxRecords: values.USAGE_BATCH_MAX, maxWaitMs: values.USAGE_BATCH_WAIT_MS },
    relayIntervalMs: values.USAGE_RELAY_INTERVAL_MS,
  }
}
