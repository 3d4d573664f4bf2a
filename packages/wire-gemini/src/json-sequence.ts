import { StringDecoder } from 'node:string_decoder'
import { GatewayError } from '@sluice/kernel/errors'
import { wireErrors } from '@sluice/wire/errors'
import type { FramingDecoder } from '@sluice/wire/sse-decoder'

/**
 * The objects of one JSON array that comes in pieces, which is how Google streams without `alt=sse`; also an object that stands alone. Nothing
 * of an array need be there but its objects: a stream that is cut gives those that are whole.
 */
export function createJsonSequenceDecoder(
  maxBytes: number,
  onObject: (text: string) => void,
): FramingDecoder {
  const decoder = new StringDecoder('utf8')
  let pieces: string[] = []
  let length = 0
  let depth = 0
  let inString = false
  let escaped = false

  const keep = (piece: string) => {
    length += piece.length
    if (length > maxBytes) {
      const limit = `a stream event is larger than ${String(maxBytes)} bytes`
      throw new GatewayError(wireErrors.wire_event_too_large, limit)
    }
    pieces.push(piece)
  }
  const emit = () => {
    const text = pieces.join('')
    pieces = []
    length = 0
    onObject(text)
  }
  const feed = (text: string) => {
    // Where the object in hand begins in this piece.
    let start = depth > 0 ? 0 : -1
    for (let at = 0; at < text.length; at++) {
      const character = text[at]
      if (inString) {
        if (escaped) escaped = false
        else if (character === '\\') escaped = true
        else if (character === '"') inString = false
        continue
      }
      if (depth === 0 && character !== '{') {
        if (character === undefined || !/[\s,[\]]/.test(character))
          throw new GatewayError(wireErrors.upstream_error)
        continue
      }
      if (character === '"') inString = true
      else if (character === '{') {
        if (depth === 0) start = at
        depth += 1
      } else if (character === '}') {
        depth -= 1
        if (depth > 0) continue
        keep(text.slice(start, at + 1))
        start = -1
        emit()
      }
    }
    if (start !== -1) keep(text.slice(start))
  }
  return {
    push(chunk) {
      feed(decoder.write(chunk))
    },
    end() {
      feed(decoder.end())
    },
  }
}
