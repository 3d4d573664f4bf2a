import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { GenerationSummary } from '@sluice/contracts/generation/generation-summary'
import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import type { PartDecoder, PartEncoder } from '@sluice/wire/canonical-reply'
import type { CallerFormat, ReplyEdits, WireFormat } from '@sluice/wire/wire-format'
import { errorOf } from '../answer-error.ts'
import { frame, payloadsOf } from '../sse-frames.ts'

/** A log holds what was checked when it was written. */
const maxEventBytes = 1 << 28

/**
 * The entries of a log as events of another dialect than its own: decoded by the one format, written by the other. Its events have no `id:`,
 * since no place in them is a place in the log: who breaks off begins again.
 */
export function createTranslatedFrames(
  summary: GenerationSummary,
  from: WireFormat,
  to: CallerFormat,
): (entry: LogEntry) => string {
  const edits: ReplyEdits = {
    model: summary.model,
    includeUsage: true,
    requestId: summary.id,
    created: Math.floor(summary.acceptedAt / 1_000),
    maxEventBytes,
    request: null,
  }
  return summary.stream
    ? translateStream(from, to, edits)
    : (entry) => (entry.end === null ? '' : translateReply(entry, from, to, edits))
}

function translateStream(
  from: WireFormat,
  to: CallerFormat,
  edits: ReplyEdits,
): (entry: LogEntry) => string {
  const decoder = from.createPartDecoder(edits)
  const encoder = to.createPartEncoder(edits)
  let last: string | null = null
  return (entry) => {
    const payloads: string[] = []
    const write = (more: readonly string[]) => {
      payloads.push(...more)
      last = payloads.at(-1) ?? last
    }
    for (const payload of payloadsOf(entry.data)) write(feed(decoder, encoder, payload, from))
    if (entry.end?.state === 'completed') {
      const end = decoder.end()
      if (end.ok)
        write([
          ...encoder.encode(end.parts),
          ...encoder.end(end.finish, end.usage ?? entry.end.usage),
        ])
      else write([to.encodeErrorEvent(end.error, edits.requestId, last)])
    } else if (entry.end !== null) {
      write([to.encodeErrorEvent(errorOf(entry.end), edits.requestId, last)])
    }
    return framesOf(payloads, to)
  }
}

function feed(
  decoder: PartDecoder,
  encoder: PartEncoder,
  payload: string,
  from: CallerFormat,
): string[] {
  const name = from.eventName(payload)
  const event = `${name === null ? '' : `event: ${name}\n`}data: ${payload}\n\n`
  return encoder.encode(decoder.push(Buffer.from(event, 'latin1')))
}

function translateReply(
  { data, end }: LogEntry,
  from: WireFormat,
  to: CallerFormat,
  edits: ReplyEdits,
): string {
  const error: GenerationError | null = end?.state === 'completed' ? null : end && errorOf(end)
  if (error !== null) return framesOf([to.encodeErrorEvent(error, edits.requestId, null)], to)
  const reply = to.encodeReply(from.decodeReply(data, edits), edits)
  return `data: ${reply.toString('latin1')}\n\n`
}

function framesOf(payloads: readonly string[], dialect: CallerFormat): string {
  return payloads
    .map((payload) => frame(null, Buffer.from(payload).toString('latin1'), dialect))
    .join('')
}
