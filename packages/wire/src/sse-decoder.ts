import { StringDecoder } from 'node:string_decoder'
import { GatewayError } from '@sluice/kernel/errors'
import { createParser } from 'eventsource-parser'
import { wireErrors } from './errors.ts'

/** Turns bytes cut anywhere (inside a character, a line, an event) into whole pieces, handed to the callback given at creation. */
export interface FramingDecoder {
  /** Throws `wire_event_too_large` when one piece outgrows the limit; the decoder is of no use afterwards. */
  push(chunk: Buffer): void
  /** The source closed: a last piece that lacks only its terminator still counts. */
  end(): void
}

/** @param maxEventBytes bounds one event and what waits for its end, counted in UTF-16 units: never stricter than bytes. */
export function createSseDecoder(
  maxEventBytes: number,
  onEvent: (data: string, event: string | undefined) => void,
): FramingDecoder {
  const text = new StringDecoder('utf8')
  let tooLarge = false
  const parser = createParser({
    maxBufferSize: maxEventBytes,
    onEvent({ data, event }) {
      if (data.length > maxEventBytes) tooLarge = true
      if (!tooLarge) onEvent(data, event)
    },
    onError(error) {
      // Unknown fields and malformed lines are skipped, as the SSE specification wants it.
      if (error.type === 'max-buffer-size-exceeded') tooLarge = true
    },
  })
  const feed = (part: string) => {
    if (!tooLarge) parser.feed(part)
    if (tooLarge) {
      const limit = `a stream event is larger than ${String(maxEventBytes)} bytes`
      throw new GatewayError(wireErrors.wire_event_too_large, limit)
    }
  }
  return {
    push(chunk) {
      feed(text.write(chunk))
    },
    end() {
      feed(`${text.end()}\n\n`)
    },
  }
}
