import {
  envFlag,
  envInt,
  envWholeNumber,
  type Environment,
  readEnvironment,
} from '@sluice/kernel/env'
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
  CANARY_INTERVAL_MS: envWholeNumber(0, 3_600_000)
    .default(10_000)
    .describe('how often an event is sent through the outbox to see that it arrives (0: never)'),
  RECONCILE_AT: z
    .union([z.literal('never'), z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/)])
    .default('01:00')
    .describe('time of day (UTC) from which the books of the day before are compared, or never'),
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
  /** 0 = none is sent. */
  readonly canaryMs: number
  /** Names this process among its replicas. */
  readonly instance: string
  /** After midnight, UTC; null = the books are not compared. */
  readonly reconcileAtMs: number | null
  /** `hours` 0 = nothing is archived. */
  readonly archive: { readonly hours: number; readonly maxBytes: number }
}

export function readUsageConfig(
  env: Environment,
  {
    archiveHours,
    instanceId = 'usage',
  }: { readonly archiveHours: number; readonly instanceId?: string },
): UsageConfig {
  const values = readEnvironment(environment, env)
  return {
    ledger: values.LEDGER_ENABLED,
    batch: { maxRecords: values.USAGE_BATCH_MAX, maxWaitMs: values.USAGE_BATCH_WAIT_MS },
    relayIntervalMs: values.USAGE_RELAY_INTERVAL_MS,
    outboxMaxEvents: values.OUTBOX_MAX_EVENTS,
    canaryMs: values.CANARY_INTERVAL_MS,
    instance: instanceId,
    reconcileAtMs: values.RECONCILE_AT === 'never' ? null : msOfDay(values.RECONCILE_AT),
    archive: {
      hours: archiveHours,
      maxBytes: values.GENERATION_ARCHIVE_MAX_BYTES,
    },
  }
}

function msOfDay(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return (hours * 60 + minutes) * 60_000
}
