import { z } from 'zod'
import { Caller } from '../caller.ts'
import { RequestId } from '../ids.ts'
import { Cursor, Terminal } from './log-entry.ts'

export const GenerationState = z.enum([
  'accepted',
  'running',
  'completed',
  'failed',
  'cancelled',
  'expired',
])
export type GenerationState = z.infer<typeof GenerationState>

/** What is known of a generation without reading its log. */
export const GenerationSummary = z.object({
  id: RequestId,
  caller: Caller,
  state: GenerationState,
  model: z.string(),
  provider: z.string().nullable(),
  /** Claims so far: 1 while the first adapter works on it. */
  attempt: z.int().min(0),
  /** Unix ms. */
  acceptedAt: z.int(),
  finishedAt: z.int().nullable(),
  lastCursor: Cursor.nullable(),
  terminal: Terminal.nullable(),
})
export type GenerationSummary = z.infer<typeof GenerationSummary>
