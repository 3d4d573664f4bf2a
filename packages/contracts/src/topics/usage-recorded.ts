import { UsageRecord } from '../generation/usage-record.ts'
import { defineTopic } from './topic.ts'

const days = 24 * 60 * 60 * 1000

/** One event per generation that ended, whatever way. Metadata only: no prompt, no answer. `event_id` = request id. */
export const usageRecorded = defineTopic({
  name: 'gateway_usage',
  description:
    'A generation ended, whatever way: its bill. Once per request, never changed afterwards.',
  keyedBy: 'request id',
  content: false,
  type: 'sluice.usage.recorded',
  version: 1,
  payload: UsageRecord,
  key: (record: UsageRecord) => record.request_id,
  partitions: 12,
  retentionMs: 365 * days,
  compacted: false,
})
