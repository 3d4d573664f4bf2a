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
  OUTBOX_MAX_EVENTS: envInt(5_000_000, 1).describe(
    'unpublished events that count as a full outbox (an alert comes at half of it; nothing is ever refused or dropped)',
  ),
  GENERATION_ARCHIVE_MAX_BYTES: envInt(20_000_000_000).describe(
    'compressed size of the archive; beyond it the oldest answers go first',
  ),
})

export interface UsageConfig {
  readonly ledger: boolean
  readonly batch: { readonly maxRecords: number; readonly maxWaitMs: number }
  readonly relayIntervalMs: number
  /** Unpublished events that count as a full outbox. */
  readonly outboxMaxEvents: number
  /** `hours` 0 = nothing is archived. */
  readonly archive: { readonly hours: number; readonly maxBytes: number }
}

export function readUsageConfig(
  env: Environment,
  { archiveHours }: { readonly archiveHours: number },
): UsageConfig {
  const values = readEnvironment(environment, env)
  return {
    ledger: values.LEDGER_ENABLED,
    batch: { maxRecords: values.USAGE_BATCH_MAX, maxWaitMs: values.USAGE_BATCH_WAIT_MS },
    relayIntervalMs: values.USAGE_RELAY_INTERVAL_MS,
    outboxMaxEvents: values.OUTBOX_MAX_EVENTS,
    archive: {
      hours: archiveHours,
      maxBytes: values.GENERATION_ARCHIVE_MAX_BYTES,
    },
  }
}
