import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type HistoryEvent, HistoryRecord, type RecordOf } from '../history.ts'

/** One call as the provider wrote it down. */
export const ProviderCall = z.object({
  time: z.string(),
  path: z.string(),
  request_id: z.string().nullable(),
  status: z.int(),
  tokens: z.int(),
  text: z.string(),
  outcome: z.string(),
})
export type ProviderCall = z.infer<typeof ProviderCall>

/** Postgres gives what does not fit into a double as text. */
const Count = z.coerce.number()

export const CustomerRow = z.object({
  request_id: z.string(),
  tenant_id: z.string(),
  state: z.string(),
  error_code: z.string().nullable(),
  input_tokens: Count,
  output_tokens: Count,
  cached_input_tokens: Count,
  amount_nano_usd: Count,
  estimated: z.boolean(),
  accepted_at: Count,
  finished_at: Count,
})
export type CustomerRow = z.infer<typeof CustomerRow>

export const ProviderRow = z.object({
  request_id: z.string(),
  attempt: Count,
  state: z.string(),
  output_tokens: Count,
  cost_nano_usd: Count,
  estimated: z.boolean().nullish(),
})
export type ProviderRow = z.infer<typeof ProviderRow>

export const UsageEvent = z.object({
  event_id: z.string().nullable(),
  value: z.looseObject({ request_id: z.string(), amount_nano_usd: z.number(), state: z.string() }),
})
export type UsageEvent = z.infer<typeof UsageEvent>

export interface LogLine {
  readonly file: string
  readonly line: string
}

/** All that is known about a run. */
export interface Evidence {
  readonly history: readonly HistoryRecord[]
  readonly providerCalls: readonly ProviderCall[]
  readonly customerLedger: readonly CustomerRow[]
  /** Null: this gateway has none. */
  readonly providerLedger: readonly ProviderRow[] | null
  readonly usageEvents: readonly UsageEvent[]
  /** Lines of the processes' logs that speak of an exception nobody caught. */
  readonly uncaught: readonly LogLine[]
}

export function recordsOf<Event extends HistoryEvent>(
  { history }: Pick<Evidence, 'history'>,
  event: Event,
): RecordOf<Event>[] {
  return history.filter((record): record is RecordOf<Event> => record.event === event)
}

export interface EvidenceFiles {
  readonly history: string
  readonly providerLog: string
  readonly customerLedger: string
  readonly providerLedger: string
  readonly usageEvents: string
  /** Logs of the gateway's own processes. */
  readonly logs: readonly string[]
}

/** The names under which a run leaves its evidence in its folder. */
export function evidenceFiles(dir: string, logs: readonly string[]): EvidenceFiles {
  return {
    history: join(dir, 'history.jsonl'),
    providerLog: join(dir, 'demo-provider.jsonl'),
    customerLedger: join(dir, 'customer-ledger.jsonl'),
    providerLedger: join(dir, 'provider-ledger.jsonl'),
    usageEvents: join(dir, 'usage-events.jsonl'),
    logs,
  }
}

export function readEvidence(files: EvidenceFiles): Evidence {
  const calls = lines(files.providerLog) ?? []
  const providerLedger = lines(files.providerLedger)
  return {
    history: required(files.history).map((line) => HistoryRecord.parse(line)),
    providerCalls: calls.map((line) => ProviderCall.parse(line)),
    customerLedger: required(files.customerLedger).map((line) => CustomerRow.parse(line)),
    providerLedger: providerLedger && providerLedger.map((line) => ProviderRow.parse(line)),
    usageEvents: required(files.usageEvents).map((line) => UsageEvent.parse(line)),
    uncaught: files.logs.flatMap(uncaughtIn),
  }
}

function required(file: string): unknown[] {
  const found = lines(file)
  if (found === null) throw new Error(`${file} is not there`)
  return found
}

function lines(file: string): unknown[] | null {
  const text = textOf(file)
  if (text === null) return null
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line))
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** What Node and the kernel write about a promise or an exception that nobody handled. */
const uncaughtPattern =
  /unhandled ?rejection|uncaught ?exception|^Node\.js v\d|triggerUncaughtException/i

function uncaughtIn(file: string): LogLine[] {
  const all = (textOf(file) ?? '').split('\n')
  return all.flatMap((line, index) =>
    uncaughtPattern.test(line)
      ? [
          {
            file,
            line: all
              .slice(Math.max(0, index - 8), index + 1)
              .join(' | ')
              .slice(-600),
          },
        ]
      : [],
  )
}
