import { z } from 'zod'
import { Caller } from '../caller.ts'
import { GenerationSummary } from '../generation/generation-summary.ts'
import { EntryHead, Terminal } from '../generation/log-entry.ts'
import { UsageRecord } from '../generation/usage-record.ts'
import { RequestId } from '../ids.ts'
import { Limit } from '../limits.ts'
import { defineRpc } from './rpc.ts'

/** A `LogEntry` as JSON: its bytes in base64. */
export const ArchivedEntry = z.object({
  epoch: z.int().min(0),
  seq: z.int().min(0),
  head: EntryHead.nullable(),
  data: z.base64(),
  end: Terminal.nullable(),
})
export type ArchivedEntry = z.infer<typeof ArchivedEntry>

export const ArchivedGeneration = z.object({
  summary: GenerationSummary,
  entries: z.array(ArchivedEntry),
})
export type ArchivedGeneration = z.infer<typeof ArchivedGeneration>

/**
 * An ended generation that the hot log no longer has, verbatim; null when it was never archived or its time is over. Whoever asks
 * authorises by `summary.caller`: the archive does not know who is asking.
 */
export const readGeneration = defineRpc({
  name: 'usage.read-generation',
  request: z.object({ id: RequestId }),
  reply: ArchivedGeneration.nullable(),
})

/** Broadcast channel on which it is said that a canary arrived. */
export const canaryChannel = 'canary-arrived'

/** Another service has something that an operator has to look at, or it is over. Told once, however often it is reported. */
export const reportAlert = defineRpc({
  name: 'usage.report-alert',
  request: z.object({
    /** `lake_difference`. */
    name: z.string().regex(/^[a-z0-9_]{1,64}$/),
    isOn: z.boolean(),
    severity: z.enum(['warning', 'critical']),
    /** A sentence for people. */
    summary: z.string().max(1_000),
    values: z.record(z.string(), z.number()),
  }),
  reply: z.object({}),
})

/**
 * The bill of a generation whose keys were lost under its writer (`error_code` `log_lost`): nothing else can end it. Idempotent by request
 * id: a record that arrived on the usual way, or by an earlier report, stands.
 */
export const reportLost = defineRpc({
  name: 'usage.report-lost',
  request: UsageRecord,
  reply: z.object({ recorded: z.boolean() }),
})

/**
 * What the ledger has of the windows that `at` lies in: where a count begins that was lost, and what it is never below. Per limit, the customer
 * rows of whom its scope names (for `model`, of the tenant) whose `requested_model` matches its globs and whose `accepted_at` lies in the window:
 * their number (`requests`), their `input_tokens` and `output_tokens` (`tokens`), or their amounts (`cost`). What is paid but not in the ledger
 * yet is not in it; nothing is in it that was not paid.
 */
export const readCounts = defineRpc({
  name: 'usage.read-counts',
  request: z.object({
    caller: Caller,
    limits: z.array(Limit),
    /** Unix ms, by the clock that the calls are admitted by. */
    at: z.int(),
  }),
  reply: z.object({
    /** By `Limit.id`, in the unit of its `max`. */
    used: z.record(z.string(), z.int().min(0)),
  }),
})

/** How many bills there are of calls of all tenants that ended in the period (Unix ms, `to` excluded): what the lake must have, too. */
export const countBills = defineRpc({
  name: 'usage.count-bills',
  request: z.object({ from: z.int(), to: z.int() }),
  reply: z.object({ bills: z.int() }),
})
