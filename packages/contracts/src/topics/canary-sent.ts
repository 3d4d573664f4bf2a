import { z } from 'zod'
import { defineTopic } from './topic.ts'

const hours = 60 * 60 * 1000

/** Nothing happened; this way is open. Its age on arrival is the delay of every other fact. */
export const CanarySent = z.object({
  id: z.string(),
  /** Which relay sent it. */
  instance: z.string(),
  /** Unix ms. */
  occurred_at: z.int().min(0),
  schema_version: z.literal(1),
})
export type CanarySent = z.infer<typeof CanarySent>

export const canarySent = defineTopic({
  name: 'sluice.canary.sent.v1',
  description:
    'Sent every 10 seconds through the outbox like any fact, so that a standstill shows although nobody calls.',
  keyedBy: 'instance of the relay',
  content: false,
  type: 'sluice.canary.sent',
  version: 1,
  payload: CanarySent,
  key: ({ instance }: CanarySent) => instance,
  partitions: 1,
  retentionMs: 24 * hours,
  compacted: false,
})
