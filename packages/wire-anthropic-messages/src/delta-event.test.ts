import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { lengthOf, readDelta, textOf } from './delta-event.ts'

const event = (type: string, member: string, text: string, index = 0) =>
  JSON.stringify({ type: 'content_block_delta', index, delta: { type, [member]: text } })

describe('readDelta', () => {
  test('reads any text of any of the three kinds', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary-ascii' }), fc.string({ unit: 'grapheme' })),
        fc.nat(9999),
        (text, index) => {
          for (const [type, member] of [
            ['text_delta', 'text'],
            ['thinking_delta', 'thinking'],
            ['input_json_delta', 'partial_json'],
          ] as const) {
            const delta = readDelta(event(type, member, text, index))
            expect(delta).toMatchObject({ index, kind: member })
            expect(delta && textOf(delta)).toBe(text)
            expect(delta && lengthOf(delta)).toBe(text.length)
          }
        },
      ),
    )
  })

  test('reads padded and spaced events', () => {
    const spaced =
      '{"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "a"}       }'
    expect(readDelta(spaced)).toEqual({ index: 1, kind: 'text', raw: 'a' })
  })

  test('leaves what is not plainly a delta, or not JSON, to the parser', () => {
    const plain = event('text_delta', 'text', 'a')
    for (const other of [
      plain.replace('}}', ',"x":1}}'),
      plain.slice(0, -1),
      `${plain}x`,
      plain.replace('"a"', '"\\x"'),
      plain.replace('"a"', '"\u0001"'),
      plain.replace('"a"', '"a""'),
      event('signature_delta', 'signature', 'a'),
      event('text_delta', 'text', 'a'.repeat(70_000)),
      '{"type":"ping"}',
      '',
    ]) {
      expect(readDelta(other)).toBeNull()
    }
  })
})
