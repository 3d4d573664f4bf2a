import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import { usageRecorded } from '@sluice/contracts/topics/usage-recorded'
import type { NewEvent } from '@sluice/event-log'

const schemaversion = String(usageRecorded.version)

/** The event of one bill. The record left `Generations` as its contract says and is not checked again: this runs once per request. */
export function toUsageEvent(record: UsageRecord): NewEvent {
  return {
    key: usageRecorded.key(record),
    value: JSON.stringify(record),
    attributes: {
      id: record.request_id,
      source: '/sluice/usage',
      type: usageRecorded.type,
      subject: record.request_id,
      time: new Date(record.finished_at).toISOString(),
      tenant: record.tenant_id,
      schemaversion,
    },
  }
}
