import { z } from 'zod'
import { defineTopic } from './topic.ts'

const days = 24 * 60 * 60 * 1000

/** Something an operator has to look at. Once when it begins, once when it is over. */
export const AlertFired = z.object({
  /** `<alert>:<since>`. */
  id: z.string(),
  /** What it is about: `outbox_half_full`, `lake_difference`, `books_difference`. */
  alert: z.string(),
  state: z.enum(['firing', 'resolved']),
  severity: z.enum(['warning', 'critical']),
  /** A sentence for people. */
  summary: z.string(),
  /** Figures that it was decided from. */
  values: z.record(z.string(), z.number()),
  /** Unix ms of its beginning. */
  since: z.int().min(0),
  /** Unix ms. */
  occurred_at: z.int().min(0),
  schema_version: z.literal(1),
})
export type AlertFired = z.infer<typeof AlertFired>

export const alertFired = defineTopic({
  name: 'sluice.alert.fired.v1',
  description: 'Something an operator has to look at began, or is over.',
  keyedBy: 'name of the alert',
  content: false,
  type: 'sluice.alert.fired',
  version: 1,
  payload: AlertFired,
  key: ({ alert }: AlertFired) => alert,
  partitions: 1,
  retentionMs: 90 * days,
  compacted: false,
})
