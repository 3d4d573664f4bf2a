import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import type { RequestId } from '@sluice/contracts/ids'
import { generationErrors } from '@sluice/generations/errors'
import { GatewayError } from '@sluice/kernel/errors'
import { errorEvent } from '@sluice/wire-openai-chat'
import { errorOf } from './answer-error.ts'
import { formatCursor } from './stream-cursor.ts'

const newline = 0x0a

/**
 * One log entry as SSE: `id: <epoch>-<seq>` and `data: <payload>` per event, `id: <epoch>-<seq>.<part>` where the entry holds several. An end
 * that is not `completed` adds an error event as the last part. `after` is the last part that the client has, -1 when it has none. The text
 * holds bytes, one per character (latin1): payloads are passed on without being decoded.
 */
export function sseFrames(entry: LogEntry, requestId: RequestId, after = -1): string {
  const { data } = entry
  const id = `id: ${formatCursor(entry)}`
  if (!hasFailed(entry) && after < 0 && !data.includes(newline)) {
    return data.length === 0 ? '' : `${id}\ndata: ${data.toString('latin1')}\n\n`
  }
  const payloads = data.length === 0 ? [] : data.toString('latin1').split('\n')
  if (hasFailed(entry)) payloads.push(errorPayload(entry, requestId))
  requirePart(after, payloads.length)
  const several = payloads.length > 1
  return payloads
    .map((payload, part) => `${id}${several ? `.${String(part)}` : ''}\ndata: ${payload}\n\n`)
    .slice(after + 1)
    .join('')
}

/**
 * The end of a plain call as SSE: its whole reply, or its error, as one event. A reply may have line breaks between its values: each line is
 * a `data` line, which every SSE reader puts together again.
 */
export function plainFrame(entry: LogEntry, requestId: RequestId, after = -1): string {
  if (entry.end === null) return ''
  requirePart(after, 1)
  if (after >= 0) return ''
  const payload = hasFailed(entry)
    ? errorPayload(entry, requestId)
    : entry.data.toString('latin1').replaceAll(lineBreak, '\ndata: ')
  return `id: ${formatCursor(entry)}\ndata: ${payload}\n\n`
}

const lineBreak = /\r\n|\r|\n/g

function hasFailed({ end }: LogEntry): boolean {
  return end !== null && end.state !== 'completed'
}

function errorPayload({ end }: LogEntry, requestId: RequestId): string {
  if (end === null) throw new Error('only an end has an error')
  return Buffer.from(errorEvent(errorOf(end), requestId)).toString('latin1')
}

/** A part that the entry does not have was never handed out. */
function requirePart(part: number, count: number): void {
  if (part >= count) throw new GatewayError(generationErrors.log_reset)
}
