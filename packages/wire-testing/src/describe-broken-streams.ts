import { describe, expect, test } from '@jest/globals'
import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { wireErrors } from '@sluice/wire/errors'
import fc from 'fast-check'
import { framed } from './framed.ts'
import { answers } from './samples.ts'
import { decode, edits, encoded, type FullSuite } from './suite-context.ts'

export function describeBrokenStreams({ format, endsByClosing }: FullSuite): void {
  describe(`${format.name}: streams that go wrong`, () => {
    test('a stream cut before its end is an error, wherever it is cut', () => {
      const payloads = encoded(format, answers['text and parallel calls'] ?? [], {
        reason: 'tool_calls',
      })
      const last = endsByClosing ? payloads.length - 1 : payloads.findLastIndex(isEnd)
      for (let count = 0; count < last; count++) {
        const { end } = decode(format, [framed(format, payloads.slice(0, count))])
        if (end.ok && saysFinish(payloads.slice(0, count))) continue
        expect(end.ok).toBe(false)
      }
    })

    test('T46 an error inside a stream is an error, before and after content', () => {
      const error: GenerationError = {
        code: wireErrors.server_is_overloaded.code,
        status: 503,
        message: 'Overloaded',
        retryable: true,
      }
      const payloads = encoded(format, answers['text'] ?? [], { reason: 'stop' })
      for (const before of [0, 1, 3]) {
        const said = payloads.slice(0, before)
        const event = format.encodeErrorEvent(error, edits.requestId, said.at(-1) ?? null)
        const { end } = decode(format, [framed(format, [...said, event])])
        expect(end.ok).toBe(false)
        const passing = format.createPassThrough(edits)
        passing.push(framed(format, [...said, event]))
        expect(passing.end().ok).toBe(false)
      }
    })

    test('garbage never throws, and never looks whole', () => {
      fc.assert(
        fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 }), (pieces) => {
          const { end } = decode(
            format,
            pieces.map((piece) => Buffer.from(piece)),
          )
          expect(end.ok).toBe(false)
        }),
      )
      fc.assert(
        fc.property(fc.json(), (text) => {
          const { end } = decode(format, [framed(format, [text.replaceAll('\n', ' ')])])
          expect(end.ok).toBe(false)
        }),
      )
    })

    test('an event that never ends is refused at the limit', () => {
      const decoder = format.createPartDecoder(edits)
      const piece = Buffer.alloc(10_000, 'x')
      decoder.push(Buffer.from(format.framing === 'sse' ? 'data: "' : '"'))
      for (let sent = 0; sent < edits.maxEventBytes * 2 && !decoder.done; sent += piece.length) {
        decoder.push(piece)
      }
      expect(decoder.done).toBe(true)
      expect(decoder.end()).toMatchObject({ ok: false, error: { code: 'wire_event_too_large' } })
    })
  })
}

/** The last payload that says how the answer ended; what follows it is only the end marker. */
function isEnd(payload: string): boolean {
  return payload !== '[DONE]'
}

/** A chat stream that gave its finish reason and lacks only what follows is whole. */
function saysFinish(payloads: readonly string[]): boolean {
  return payloads.some((payload) => /"finish_reason":"|"finishReason":"|"done":true/.test(payload))
}
