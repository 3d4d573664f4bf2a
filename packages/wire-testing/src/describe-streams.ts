import { describe, expect, test } from '@jest/globals'
import type { StreamPart } from '@sluice/wire/canonical-reply'
import { collectParts } from '@sluice/wire/stream-parts'
import fc from 'fast-check'
import { anyAnswer, finishOf } from './arbitraries.ts'
import { cutAt, framed } from './framed.ts'
import { answers, usage } from './samples.ts'
import { decode, edits, encoded, type FullSuite, reasons } from './suite-context.ts'

export function describeStreams({ format, answerForm, usageForm, finishForm }: FullSuite): void {
  describe(`${format.name}: streams`, () => {
    test.each(Object.entries(answers))('%s goes there and back', (_, content) => {
      const reason = finishOf(content)
      const { parts, end } = decode(format, [framed(format, encoded(format, content, { reason }))])
      expect(collectParts(parts)).toEqual(answerForm(content))
      expect(end).toMatchObject({ ok: true, finish: { reason }, usage: usageForm(usage) })
    })

    test.each(reasons)('the finish reason %s', (reason) => {
      const content = answers[reason === 'tool_calls' ? 'a tool call' : 'text'] ?? []
      const { end } = decode(format, [framed(format, encoded(format, content, { reason }))])
      expect(end).toMatchObject({ ok: true, finish: { reason: finishForm(reason) } })
    })

    test('T41 any answer, in pieces of any size, cut anywhere: the same parts', () => {
      fc.assert(
        fc.property(
          anyAnswer,
          fc.integer({ min: 1, max: 12 }),
          fc.array(fc.nat(5_000), { maxLength: 30 }),
          (content, size, places) => {
            const bytes = framed(
              format,
              encoded(format, content, { reason: finishOf(content) }, size),
            )
            const { parts, end } = decode(format, cutAt(bytes, places))
            expect(collectParts(parts)).toEqual(answerForm(content))
            expect(end.ok).toBe(true)
          },
        ),
      )
    })

    test('T41 every byte by itself', () => {
      const content = answers['text and parallel calls'] ?? []
      const bytes = framed(format, encoded(format, content, { reason: 'tool_calls' }))
      const { parts } = decode(
        format,
        [...bytes].map((byte) => Buffer.of(byte)),
      )
      expect(collectParts(parts)).toEqual(answerForm(content))
    })

    test('T01 calls that interleave stay apart', () => {
      const begin = (index: number): StreamPart => ({
        type: 'tool-call',
        index,
        id: `call_${String(index)}x`,
        name: `tool_${String(index)}`,
      })
      const piece = (index: number, text: string): StreamPart => ({
        type: 'tool-arguments',
        index,
        text,
      })
      const interleaved = [
        begin(0),
        piece(0, '{"a"'),
        begin(1),
        piece(1, '{"b"'),
        piece(0, ':1}'),
        piece(1, ':2}'),
      ]
      const encoder = format.createPartEncoder(edits)
      const payloads = interleaved.flatMap((part) => encoder.encode([part]))
      payloads.push(...encoder.end({ reason: 'tool_calls' }, usage))
      const { parts, end } = decode(format, [framed(format, payloads)])
      expect(end.ok).toBe(true)
      expect(collectParts(parts)).toEqual(answerForm(collectParts(interleaved)))
    })

    test('T04 a call without arguments has {}', () => {
      const encoder = format.createPartEncoder(edits)
      const payloads = encoder.encode([{ type: 'tool-call', index: 0, id: 'call_a1', name: 'now' }])
      payloads.push(...encoder.end({ reason: 'tool_calls' }, usage))
      const [call] = collectParts(decode(format, [framed(format, payloads)]).parts)
      expect(call).toMatchObject({ type: 'tool-call', name: 'now', arguments: '{}' })
    })

    test('T09 arguments cut at the token limit stay as they are, and the reason stays length', () => {
      const parts: StreamPart[] = [
        { type: 'tool-call', index: 0, id: 'call_a1', name: 'write' },
        { type: 'tool-arguments', index: 0, text: '{"text":"never en' },
      ]
      const encoder = format.createPartEncoder(edits)
      const payloads = [...encoder.encode(parts), ...encoder.end({ reason: 'length' }, usage)]
      const decoded = decode(format, [framed(format, payloads)])
      expect(decoded.end).toMatchObject({ ok: true, finish: { reason: finishForm('length') } })
    })
  })
}
