import { describe, expect, test } from '@jest/globals'
import { GatewayError } from '@sluice/kernel/errors'
import fc from 'fast-check'
import { createNdjsonDecoder } from './ndjson-decoder.ts'
import { createSseDecoder } from './sse-decoder.ts'

const codeOf = (action: () => unknown) => {
  try {
    action()
    return null
  } catch (error) {
    return GatewayError.is(error) ? error.code : 'not a coded error'
  }
}
const cut = (bytes: Buffer, cuts: readonly number[]) => {
  const places = [...new Set(cuts.map((c) => c % (bytes.length + 1)))].toSorted((a, b) => a - b)
  const edges = [0, ...places, bytes.length]
  return edges.slice(1).map((end, i) => bytes.subarray(edges[i], end))
}
const readSse = (chunks: readonly Buffer[], max = 1000) => {
  const events: [string, string | undefined][] = []
  const decoder = createSseDecoder(max, (data, event) => events.push([data, event]))
  for (const chunk of chunks) decoder.push(chunk)
  decoder.end()
  return events
}
const readLines = (chunks: readonly Buffer[], max = 1000) => {
  const lines: string[] = []
  const decoder = createNdjsonDecoder(max, (line) => lines.push(line))
  for (const chunk of chunks) decoder.push(chunk)
  decoder.end()
  return lines
}
const cuts = fc.array(fc.nat(), { maxLength: 12 })

describe('SSE', () => {
  const stream = (newline: string) =>
    Buffer.from(
      [
        '\uFEFF: hello',
        'data: {"a":"ü€😀"}',
        '',
        'event: error',
        'data: x',
        'data: y',
        '',
        ':ping',
        '',
        'id: 1',
        'data:last',
        '',
        '',
      ].join(newline),
    )
  const expected = [
    ['{"a":"ü€😀"}', undefined],
    ['x\ny', 'error'],
    ['last', undefined],
  ]

  test.each(['\n', '\r\n', '\r'])(
    'T41 gives the same events however the bytes are cut, lines ending in %j',
    (newline) => {
      const bytes = stream(newline)
      for (let at = 0; at <= bytes.length; at++) {
        expect(readSse([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(expected)
      }
      fc.assert(
        fc.property(cuts, (places) => {
          expect(readSse(cut(bytes, places))).toEqual(expected)
        }),
      )
    },
  )

  test('gives an event that lacks its blank line when the source closes', () => {
    expect(readSse([Buffer.from('data: a\n\ndata: b')])).toEqual([
      ['a', undefined],
      ['b', undefined],
    ])
    expect(readSse([Buffer.from('data: b\r')])).toEqual([['b', undefined]])
  })

  test.each([
    'data: ' + 'x'.repeat(101) + '\n\n',
    'data: ' + 'x'.repeat(150),
    'data: ' + 'x'.repeat(60) + '\ndata: ' + 'y'.repeat(60) + '\n',
  ])('refuses an event, or a buffer without an end, that is larger than the limit', (text) => {
    for (let at = 0; at <= text.length; at += 7) {
      const bytes = Buffer.from(text)
      expect(codeOf(() => readSse([bytes.subarray(0, at), bytes.subarray(at)], 100))).toBe(
        'wire_event_too_large',
      )
    }
  })
})

describe('NDJSON', () => {
  test('T41 gives the same lines however the bytes are cut', () => {
    const bytes = Buffer.from('{"a":"ü€😀"}\n\r\n{"b":1}\r\n\n{"c":2}')
    fc.assert(
      fc.property(cuts, (places) => {
        expect(readLines(cut(bytes, places))).toEqual(['{"a":"ü€😀"}', '{"b":1}', '{"c":2}'])
      }),
    )
  })

  test('refuses a line that is larger than the limit', () => {
    expect(
      codeOf(() => readLines([Buffer.from('x'.repeat(60)), Buffer.from('x'.repeat(60))], 100)),
    ).toBe('wire_event_too_large')
    expect(readLines([Buffer.from(`${'x'.repeat(100)}\n`)], 100)).toHaveLength(1)
  })
})
