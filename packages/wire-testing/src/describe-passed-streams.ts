import { describe, expect, test } from '@jest/globals'
import { asStreamParts, collectParts } from '@sluice/wire/stream-parts'
import fc from 'fast-check'
import { inPieces } from './arbitraries.ts'
import { cutAt, framed } from './framed.ts'
import { answers, usage } from './samples.ts'
import { decode, edits, encoded, type FullSuite } from './suite-context.ts'

export function describePassedStreams(suite: FullSuite): void {
  const { format, answerForm, usageForm, endsByClosing } = suite
  describe(`${format.name}: streams that are passed on`, () => {
    test('passed on, a stream is the same but for the name of the model, and its end is held back', () => {
      const named = { ...edits, model: 'fast-2' }
      const encoder = format.createPartEncoder(named)
      const content = answers['text and parallel calls'] ?? []
      const payloads = inPieces(asStreamParts(content), 4).flatMap((part) => encoder.encode([part]))
      payloads.push(...encoder.end({ reason: 'tool_calls' }, usage))
      const passing = format.createPassThrough(edits)
      const published = passing.push(framed(format, payloads))
      const end = passing.end()
      expect(end).toMatchObject({ ok: true, finishReason: 'tool_calls', usage: usageForm(usage) })
      const all = [...published, ...(end.ok ? end.events : [])]
      const { parts } = decode(format, [framed(format, all)])
      expect(collectParts(parts)).toEqual(answerForm(content))
      expect(all.join('\n')).not.toContain('"fast-2"')
      expect(passing.outputCharacters).toBeGreaterThan(0)
      expect(decode(format, [framed(format, published)]).end.ok).toBe(endsByClosing)
    })

    test('passed on, cut anywhere: the same payloads', () => {
      const bytes = framed(
        format,
        encoded(format, answers['text and parallel calls'] ?? [], { reason: 'tool_calls' }),
      )
      const passed = (pieces: readonly Buffer[]) => {
        const passing = format.createPassThrough(edits)
        const published = pieces.flatMap((piece) => passing.push(piece))
        const end = passing.end()
        return [...published, ...(end.ok ? end.events : [])]
      }
      const whole = passed([bytes])
      fc.assert(
        fc.property(fc.array(fc.nat(bytes.length), { maxLength: 20 }), (places) => {
          expect(passed(cutAt(bytes, places))).toEqual(whole)
        }),
      )
    })
  })
}
