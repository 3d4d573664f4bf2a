import { Bill } from '../generation/usage-record.ts'
import { defineTopic } from './topic.ts'

const days = 24 * 60 * 60 * 1000

/** One event per generation that ended, whatever way. Metadata only: no prompt, no answer. `event_id` = request id. */
export const usageRecorded = defineTopic({
  name: 'gateway_usage',
  description:
    'A generation ended, whatever way: its bill. Once per request, never changed afterwards.',
  owner: 'usage',
  keyedBy: 'request id',
  order: 'One event per key.',
  dedupe: 'request_id',
  content: false,
  personal: 'user_id; ids of budgets end with it where they are a person’s',
  type: 'sluice.usage.recorded',
  version: 1,
  payload: Bill,
  key: (bill: Bill) => bill.request_id,
  partitions: 12,
  retentionMs: 365 * days,
  compacted: false,
})
