import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import type { RequestId } from '@sluice/contracts/ids'
import { errorEvent } from '@sluice/wire-openai-chat'
import { errorOf } from './answer-error.ts'

const newline = 0x0a

/**
 * One log entry as SSE: `id: <epoch>-<seq>` and `data: <payload>` per event, `id: <epoch>-<seq>.<part>` where the entry holds several. An end
 * that is not `completed` adds an error event as the last part. The text holds bytes, one per character (latin1): payloads are passed on
 * without being decoded.
 */
export function sseFrames(entry: LogEntry, requestId: RequestId): string {
  const { data, end } = entry
  const id = `id: ${String(entry.epoch)}-${String(entry.seq)}`
  const failed = end !== null && end.state !== 'completed'
  if (!failed && !data.includes(newline)) {
    return data.length === 0 ? '' : `${id}\ndata: ${data.toString('latin1')}\n\n`
  }
  const payloads = data.length === 0 ? [] : data.toString('latin1').split('\n')
  if (failed) payloads.push(Buffer.from(errorEvent(errorOf(end), requestId)).toString('latin1'))
  const several = payloads.length > 1
  return payloads
    .map((payload, part) => `${id}${several ? `.${String(part)}` : ''}\ndata: ${payload}\n\n`)
    .join('')
}
