import { z } from 'zod'
import { Usage } from '../usage.ts'
import { WireName } from '../wire-name.ts'
import { GenerationError } from './generation-error.ts'

/**
 * A place in a generation log, written `<epoch>-<seq>`. `epoch` grows with every change of the writer, be it a claim, a release, a sweep or an
 * end without a writer, and is at least the time of that change, ms: an older writer is refused by it. `seq` counts the entries of an epoch
 * from 1.
 */
export const Cursor = z.object({ epoch: z.int().min(0), seq: z.int().min(0) })
export type Cursor = z.infer<typeof Cursor>

/** Of the first entry that a writer publishes: where the answer comes from. */
export const EntryHead = z.object({
  /** The dialect that every entry of this writer is in: the caller's, whatever the provider was spoken to in. */
  wire: WireName,
  provider: z.string(),
  /** Catalogue name of the model that answers. */
  model: z.string(),
  reason: z.string(),
  /** 1 for the first provider call of the generation. */
  attempt: z.int().min(1),
  /** Parameters changed for this target; shown as `x-gateway-adapted`. */
  adapted: z.array(z.string()),
  /** Of a plain reply that is not JSON (`audio/mpeg`). */
  contentType: z.string().optional(),
})
export type EntryHead = z.infer<typeof EntryHead>

export const TerminalState = z.enum(['completed', 'failed', 'cancelled', 'expired'])
export type TerminalState = z.infer<typeof TerminalState>

/** How a generation ended. There is exactly one per generation, in its last entry, beside the events that carry the finish reason. */
export const Terminal = z.object({
  state: TerminalState,
  /** Normalised: `stop`, `length`, `tool_calls`, `content_filter`, or null when it did not complete. */
  finishReason: z.string().nullable(),
  error: GenerationError.nullable(),
  usage: Usage,
  /** Cost to the customer in nano-USD. */
  amountNanoUsd: z.int().min(0),
})
export type Terminal = z.infer<typeof Terminal>

/**
 * One entry of a generation log. `data` holds what the client is sent, in the dialect that `head.wire` names: for a stream, one
 * or more event payloads separated by `\n` (JSON never contains a raw newline); for a plain reply, the whole body in the
 * terminal entry. Entries are immutable once written.
 */
export interface LogEntry {
  readonly epoch: number
  readonly seq: number
  readonly head: EntryHead | null
  readonly data: Buffer
  readonly end: Terminal | null
}

/** What a writer appends; the log assigns `epoch` and `seq`. */
export type NewEntry = Pick<LogEntry, 'head' | 'data'>
