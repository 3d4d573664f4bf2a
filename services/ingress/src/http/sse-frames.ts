import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import { generationErrors } from '@sluice/generations/errors'
import { GatewayError } from '@sluice/kernel/errors'
import type { CallerFormat } from '@sluice/wire/wire-format'
import { errorOf } from './answer-error.ts'
import { formatCursor } from './stream-cursor.ts'

const newline = 0x0a

/** Who reads: under which id, and in which dialect the log is. */
export interface Reader {
  readonly id: string
  readonly dialect: CallerFormat
  readonly model?: string | null
  /** Of the entry before, for dialects whose events are numbered. */
  lastData?: Buffer | null
}

/**
 * One log entry as SSE: `id: <epoch>-<seq>`, the event's name where the dialect has one, and `data: <payload>` per event, `id: <epoch>-<seq>.<part>`
 * where the entry holds several. An end that is not `completed` adds an error event as the last part. `after` is the last part that the client has, -1 when it has none. The text
 * holds bytes, one per character (latin1): payloads are passed on without being decoded.
 */
export function sseFrames(entry: LogEntry, reader: Reader, after = -1): string {
  const { data } = entry
  const id = `id: ${formatCursor(entry)}`
  if (!hasFailed(entry) && after < 0 && !data.includes(newline)) {
    if (data.length === 0) return ''
    reader.lastData = data
    return frame(id, data.toString('latin1'), reader.dialect)
  }
  const payloads = payloadsOf(data)
  if (hasFailed(entry)) {
    const previous = payloads.at(-1) ?? payloadsOf(reader.lastData ?? nothing).at(-1)
    payloads.push(errorPayload(entry, reader, previous ?? null))
  } else reader.lastData = data
  requirePart(after, payloads.length)
  const several = payloads.length > 1
  return payloads
    .map((payload, part) => frame(several ? `${id}.${String(part)}` : id, payload, reader.dialect))
    .slice(after + 1)
    .join('')
}

const nothing = Buffer.alloc(0)

/** Bytes, one per character. */
export function payloadsOf(data: Buffer): string[] {
  return data.length === 0 ? [] : data.toString('latin1').split('\n')
}

/** `id`: the whole line; null = none. */
export function frame(id: string | null, payload: string, dialect: CallerFormat): string {
  const name = dialect.eventName(payload)
  const place = id === null ? '' : `${id}\n`
  return name === null
    ? `${place}data: ${payload}\n\n`
    : `${place}event: ${name}\ndata: ${payload}\n\n`
}

/**
 * The end of a plain call as SSE: its whole reply, or its error, as one event. A reply may have line breaks between its values: each line is
 * a `data` line, which every SSE reader puts together again.
 */
export function plainFrame(entry: LogEntry, reader: Reader, after = -1): string {
  if (entry.end === null) return ''
  requirePart(after, 1)
  if (after >= 0) return ''
  const id = `id: ${formatCursor(entry)}`
  if (hasFailed(entry)) return frame(id, errorPayload(entry, reader, null), reader.dialect)
  return `${id}\ndata: ${entry.data.toString('latin1').replaceAll(lineBreak, '\ndata: ')}\n\n`
}

const lineBreak = /\r\n|\r|\n/g

function hasFailed({ end }: LogEntry): boolean {
  return end !== null && end.state !== 'completed'
}

function errorPayload({ end }: LogEntry, reader: Reader, previous: string | null): string {
  if (end === null) throw new Error('only an end has an error')
  const before = previous === null ? null : Buffer.from(previous, 'latin1').toString()
  const { id, dialect, model = null } = reader
  const answer = { model, usage: end.usage }
  return Buffer.from(dialect.encodeErrorEvent(errorOf(end), id, before, answer)).toString('latin1')
}

/** A part that the entry does not have was never handed out. */
function requirePart(part: number, count: number): void {
  if (part >= count) throw new GatewayError(generationErrors.log_reset)
}
