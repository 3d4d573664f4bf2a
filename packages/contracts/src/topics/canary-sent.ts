import { z } from 'zod'
import { defineTopic } from './topic.ts'

const hours = 60 * 60 * 1000

/** Nothing happened; this way is open. Its age on arrival is the delay of every other fact. */
export const CanarySent = z.object({
  id: z.string(),
  instance: z.string().describe('the relay that sent it'),
  occurred_at: z.int().min(0).describe('Unix ms'),
  schema_version: z.literal(1),
})
export type CanarySent = z.infer<typeof CanarySent>

export const canarySent = defineTopic({
  name: 'sluice.canary.sent.v1',
  description:
    'Sent every 10 seconds through the outbox like any fact, so that a standstill shows although nobody calls.',
  owner: 'usage',
  keyedBy: 'instance of the relay',
  order: 'Those of one relay come in order.',
  dedupe: 'id',
  content: false,
  personal: 'nothing',
  type: 'sluice.canary.sent',
  version: 1,
  payload: CanarySent,
  key: ({ instance }: CanarySent) => instance,
  partitions: 1,
  retentionMs: 24 * hours,
  compacted: false,
})
