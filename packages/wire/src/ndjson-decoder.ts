import { StringDecoder } from 'node:string_decoder'
import { GatewayError } from '@sluice/kernel/errors'
import { wireErrors } from './errors.ts'
import type { FramingDecoder } from './sse-decoder.ts'

/** One JSON text per line; blank lines are skipped. `maxLineBytes` counts as in the SSE decoder. */
export function createNdjsonDecoder(
  maxLineBytes: number,
  onLine: (line: string) => void,
): FramingDecoder {
  const text = new StringDecoder('utf8')
  // Fragments of a line whose end has not come; joined once, so a line cut into many pieces costs linear time.
  let pending: string[] = []
  let pendingLength = 0

  const keep = (fragment: string) => {
    if (fragment === '') return
    pending.push(fragment)
    pendingLength += fragment.length
    if (pendingLength > maxLineBytes) {
      const limit = `a stream line is larger than ${String(maxLineBytes)} bytes`
      throw new GatewayError(wireErrors.wire_event_too_large, limit)
    }
  }
  const emit = () => {
    const line = pending.join('').trim()
    pending = []
    pendingLength = 0
    if (line !== '') onLine(line)
  }
  const feed = (part: string) => {
    let start = 0
    for (let end = part.indexOf('\n'); end !== -1; end = part.indexOf('\n', start)) {
      keep(part.slice(start, end))
      emit()
      start = end + 1
    }
    keep(part.slice(start))
  }
  return {
    push(chunk) {
      feed(text.write(chunk))
    },
    end() {
      feed(`${text.end()}\n`)
    },
  }
}
