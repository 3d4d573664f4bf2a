import { createWriteStream } from 'node:fs'
import { z } from 'zod'

/**
 * What the clients and the killer write down, one JSON line each, while it happens. The checker knows the gateway by these lines, the
 * provider's own log, the ledgers and the events alone. Times are Unix ms of this machine.
 */

/** The circumstances of a run: its first line. */
const Setup = z.object({
  event: z.literal('setup'),
  t: z.int(),
  /** What a generation may take from acceptance to its end. */
  deadline_ms: z.int(),
  /** nano-USD for one token of the model that is called. */
  price: z.object({ input: z.int(), output: z.int() }),
})

/** A call is sent; with the same `call`, again. */
const Asked = z.object({
  event: z.literal('asked'),
  t: z.int(),
  call: z.string(),
  /** 1 for the first time. */
  attempt: z.int(),
  kind: z.string(),
  api: z.string(),
  stream: z.boolean(),
  /** Words of the answer: word `i` (from 0) is `<call>.<i>`. */
  words: z.int(),
  attach: z.enum(['none', 'idempotency', 'retry']),
})

/** What came back first: a status, or that the connection failed. */
const Answered = z.object({
  event: z.literal('answered'),
  t: z.int(),
  call: z.string(),
  attempt: z.int(),
  /** Null: no answer, `code` says why. */
  status: z.int().nullable(),
  /** The gateway's id of the call. */
  request_id: z.string().nullable(),
  code: z.string().nullable(),
  took_ms: z.number(),
})

/** One reading of one answer, from a place on. Of a plain answer: one event without an id. */
const Viewed = z.object({
  event: z.literal('viewed'),
  /** Of its last event. */
  t: z.int(),
  started_at: z.int(),
  call: z.string(),
  request_id: z.string(),
  /** `call`: the answer to the call itself; `resume`: goes on behind a cursor; `replay`: the log from its start. */
  via: z.enum(['call', 'resume', 'replay']),
  after: z.string().nullable(),
  /** From sending to the first event; null when none came. */
  first_ms: z.number().nullable(),
  /** Ids and texts, in the order of arrival. */
  events: z.array(z.tuple([z.string().nullable(), z.string()])),
  /** `left`: the client went away; `clean`: an end without a terminal event. */
  end: z.enum(['terminal', 'left', 'broken', 'clean']),
  /** `completed`, or the code of the error event. */
  terminal: z.string().nullable(),
})

/** A generation's state, when it was asked for. */
const Described = z.object({
  event: z.literal('described'),
  t: z.int(),
  call: z.string(),
  request_id: z.string(),
  status: z.int(),
  state: z.string().nullable(),
})

/** A reading that has to be refused, or was: `foreign` by another tenant, the others with a cursor that no log has; `own` by its owner. */
const Refused = z.object({
  event: z.literal('refused'),
  t: z.int(),
  request_id: z.string(),
  probe: z.enum(['foreign', 'garbage', 'future', 'own']),
  status: z.int(),
  code: z.string().nullable(),
})

const Cancelled = z.object({
  event: z.literal('cancelled'),
  t: z.int(),
  request_id: z.string(),
  status: z.int(),
})

/** A short call at a steady pace, repeated at most once on another address: what the time to recover is measured by. */
const Pulse = z.object({
  event: z.literal('pulse'),
  /** When it began. */
  t: z.int(),
  ok: z.boolean(),
  took_ms: z.number(),
})

/** A client is through with its call. */
const Ended = z.object({
  event: z.literal('ended'),
  t: z.int(),
  call: z.string(),
  kind: z.string(),
  /** `failed`: an error the gateway told; `cut`: it never learnt the end. */
  outcome: z.enum(['completed', 'failed', 'cancelled', 'left', 'cut']),
})

const Fault = z.object({
  event: z.literal('fault'),
  t: z.int(),
  /** Faults of one round come together; a round that did not wait for the end of the one before is `hurried`. */
  round: z.int(),
  hurried: z.boolean(),
  /** `kill`: SIGKILL; `freeze`: SIGSTOP; `thaw`: SIGCONT; `stop`: SIGTERM; `toxic`: `target` is a link and `detail` what befell it. */
  what: z.enum(['kill', 'freeze', 'thaw', 'stop', 'toxic', 'heal']),
  target: z.string(),
  detail: z.string().nullable(),
})

/** After Kafka was away: what waited in all outboxes, and how long until nothing did; null: it was not waited for any longer. */
const Drained = z.object({
  event: z.literal('drained'),
  t: z.int(),
  waiting: z.int(),
  took_ms: z.number().nullable(),
})

const Memory = z.object({
  event: z.literal('memory'),
  t: z.int(),
  process: z.string(),
  pid: z.int(),
  rss_mb: z.number(),
})

export const HistoryRecord = z.discriminatedUnion('event', [
  Setup,
  Asked,
  Answered,
  Viewed,
  Described,
  Refused,
  Cancelled,
  Pulse,
  Ended,
  Fault,
  Drained,
  Memory,
])
export type HistoryRecord = z.infer<typeof HistoryRecord>
export type HistoryEvent = HistoryRecord['event']
export type RecordOf<Event extends HistoryEvent> = Extract<HistoryRecord, { event: Event }>

/** Omit that keeps a union a union. Without a time it is now. */
type Written<Entry> = Entry extends HistoryRecord ? Omit<Entry, 't'> & { t?: number } : never

export interface History extends AsyncDisposable {
  write(record: Written<HistoryRecord>): void
}

/** Appends to a file; disposing it writes everything out. */
export function openHistory(file: string): History {
  const stream = createWriteStream(file, { flags: 'a' })
  return {
    write(record) {
      if (stream.writable) stream.write(`${JSON.stringify({ t: Date.now(), ...record })}\n`)
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        stream.end(resolve)
      }),
  }
}
