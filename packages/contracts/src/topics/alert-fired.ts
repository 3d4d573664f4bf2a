import { z } from 'zod'
import { defineTopic } from './topic.ts'

const days = 24 * 60 * 60 * 1000

/** Something an operator has to look at. Once when it begins, once when it is over. */
export const AlertFired = z.object({
  id: z.string().describe('`<alert>:<since>`'),
  alert: z
    .string()
    .describe('what it is about: `outbox_half_full`, `lake_difference`, `books_difference`, …'),
  state: z.enum(['firing', 'resolved']),
  severity: z.enum(['warning', 'critical']),
  summary: z.string().describe('a sentence for people'),
  values: z.record(z.string(), z.number()).describe('figures that it was decided from'),
  since: z.int().min(0).describe('when it began, Unix ms'),
  occurred_at: z.int().min(0).describe('Unix ms'),
  schema_version: z.literal(1),
})
export type AlertFired = z.infer<typeof AlertFired>

export const alertFired = defineTopic({
  name: 'sluice.alert.fired.v1',
  description: 'Something an operator has to look at began, or is over.',
  owner: 'usage',
  keyedBy: 'name of the alert',
  order: 'Begin and end of one alert come in that order.',
  dedupe: null,
  content: false,
  personal: 'nothing',
  type: 'sluice.alert.fired',
  version: 1,
  payload: AlertFired,
  key: ({ alert }: AlertFired) => alert,
  partitions: 1,
  retentionMs: 90 * days,
  compacted: false,
})
