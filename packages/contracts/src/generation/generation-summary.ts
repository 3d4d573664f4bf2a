import { z } from 'zod'
import { Caller } from '../caller.ts'
import { RequestId } from '../ids.ts'
import { WireName } from '../wire-name.ts'
import { Cursor, Terminal } from './log-entry.ts'
import { ProviderCallState } from './provider-call-record.ts'

export const GenerationState = z.enum([
  'accepted',
  'running',
  'completed',
  'failed',
  'cancelled',
  'expired',
])
export type GenerationState = z.infer<typeof GenerationState>

/** One provider call, as a status page shows it. */
export const ProviderCallSummary = z.object({
  attempt: z.int().min(1),
  provider: z.string(),
  model: z.string(),
  /** `running` until its outcome is known. */
  state: z.enum(['running', ...ProviderCallState.options]),
  errorCode: z.string().nullable(),
})
export type ProviderCallSummary = z.infer<typeof ProviderCallSummary>

/** What is known of a generation without reading its log. */
export const GenerationSummary = z.object({
  id: RequestId,
  caller: Caller,
  state: GenerationState,
  operation: z.string(),
  /** The caller's dialect. */
  wire: WireName,
  stream: z.boolean(),
  /** The model name as the caller wrote it. */
  model: z.string(),
  /** Who answers; null while nothing was published. */
  provider: z.string().nullable(),
  calls: z.array(ProviderCallSummary),
  /** Unix ms. */
  acceptedAt: z.int(),
  finishedAt: z.int().nullable(),
  lastCursor: Cursor.nullable(),
  terminal: Terminal.nullable(),
})
export type GenerationSummary = z.infer<typeof GenerationSummary>
