import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { collectParts } from '@sluice/wire/stream-parts'
import fc from 'fast-check'
import { createPartDecoder } from './decode-stream.ts'

const fixture = (name: string) => readFileSync(new URL(`__fixtures__/${name}`, import.meta.url))

function decode(chunks: readonly Buffer[], maxEventBytes = 10_000) {
  const decoder = createPartDecoder({ requestId: 'r1', maxEventBytes })
  const parts = chunks.flatMap((chunk) => [...decoder.push(chunk)])
  const end = decoder.end()
  return { content: collectParts([...parts, ...(end.ok ? end.parts : [])]), end, parts }
}
const sse = (...events: unknown[]) =>
  Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`).join(''))
const parts = (list: object[], finishReason?: string) => ({
  candidates: [
    {
      content: { role: 'model', parts: list },
      index: 0,
      ...(finishReason ? { finishReason } : {}),
    },
  ],
})
const run = (...events: unknown[]) => decode([sse(...events)])
const piece = (functionCall: object) => parts([{ functionCall }])
const callOf = (name: string, args: object) => ({ functionCall: { name, args } })

describe('a stream', () => {
  test('T45 tells the input with its first event, once', () => {
    const { parts: streamed } = decode([fixture('2026-11-stream-thinking.txt')])
    const told = streamed.filter((part) => part.type === 'usage')
    expect(told).toMatchObject([{ usage: { input_tokens: 11, output_tokens: 0 } }])
    expect(streamed[0]).toBe(told[0])
  })

  test('T51 thoughts, text and the last of the running totals', () => {
    const { content, end } = decode([fixture('2026-11-stream-thinking.txt')])
    expect(content).toEqual([
      { type: 'reasoning', text: '**Weighing** the facts' },
      { type: 'text', text: 'Blue, because of Rayleigh – naturellement.' },
      { type: 'reasoning', text: '', signature: 'EpUBCpIBAb4+9vs=', origin: 'gemini' },
    ])
    expect(end).toMatchObject({
      ok: true,
      finish: { reason: 'stop', raw: 'STOP' },
      usage: { input_tokens: 11, output_tokens: 42, reasoning_tokens: 32 },
    })
  })

  test('T08 arguments in pieces are put together by their paths', () => {
    const { content, end } = decode([fixture('2026-11-stream-partial-args.txt')])
    expect(content).toEqual([
      {
        type: 'tool-call',
        id: expect.stringMatching(/^call_/),
        name: 'get_current_weather',
        arguments: '{"location":"New Delhi","days":[{"celsius":true},{"rain mm":2.5}],"note":null}',
        signature: 'CvkB',
      },
    ])
    expect(end).toMatchObject({ ok: true, finish: { reason: 'tool_calls' } })
  })

  test('T08 a call that is never closed is closed by the next, or by the end', () => {
    const open = (name: string) =>
      piece({ name, willContinue: true, partialArgs: [{ jsonPath: '$.a', numberValue: 1 }] })
    const { content } = run(open('f'), open('g'), parts([], 'STOP'))
    expect(content.map((part) => part.type === 'tool-call' && [part.name, part.arguments])).toEqual(
      [
        ['f', '{"a":1}'],
        ['g', '{"a":1}'],
      ],
    )
  })

  test('T08 T09 a call that is cut is an error, or ends with the limit, never a call with half its arguments', () => {
    const cut = piece({
      name: 'f',
      willContinue: true,
      partialArgs: [{ jsonPath: '$.a', stringValue: 'hal', willContinue: true }],
    })
    expect(run(cut, parts([], 'STOP')).end).toMatchObject({
      ok: false,
      error: { code: 'upstream_error' },
    })
    const limited = run(cut, parts([], 'MAX_TOKENS'))
    expect(limited.end).toMatchObject({ ok: true, finish: { reason: 'length' } })
    expect(limited.content).toMatchObject([{ arguments: '{"a":"hal"' }])
    const nonsense = piece({ name: 'f', partialArgs: [{ jsonPath: 'a.b', stringValue: 'x' }] })
    expect(run(nonsense, parts([], 'STOP')).end.ok).toBe(false)
  })

  test('T03 T04 T06 calls make the finish reason, get their own indexes and stable ids; no arguments are {}', () => {
    const events = [
      parts([callOf('f', { a: 1 }), callOf('f', { a: 2 })]),
      parts([{ functionCall: { name: 'g' } }]),
      { candidates: [{ finishReason: 'STOP' }] },
    ]
    const { content, end, parts: streamed } = run(...events)
    expect(end).toMatchObject({
      ok: true,
      finish: { reason: 'tool_calls', raw: 'STOP' },
      usage: null,
    })
    expect(
      streamed.flatMap((part) => (part.type === 'tool-arguments' ? [[part.index, part.text]] : [])),
    ).toEqual([
      [0, '{"a":1}'],
      [1, '{"a":2}'],
      [2, '{}'],
    ])
    const ids = content.flatMap((part) => (part.type === 'tool-call' ? [part.id] : []))
    expect(new Set(ids).size).toBe(3)
    expect(run(...events).content).toEqual(content)
  })

  test.each<[string, string]>([
    ['MAX_TOKENS', 'length'],
    ['SAFETY', 'content_filter'],
    ['RECITATION', 'content_filter'],
    ['BLOCKLIST', 'content_filter'],
    ['PROHIBITED_CONTENT', 'content_filter'],
    ['SPII', 'content_filter'],
    ['IMAGE_SAFETY', 'content_filter'],
    ['OTHER', 'stop'],
    ['LANGUAGE', 'stop'],
    ['SOMETHING_NEW', 'stop'],
  ])('T07 the finish reason %s is %s, its name kept', (raw, reason) => {
    expect(run(parts([{ text: 'x' }], raw)).end).toMatchObject({
      ok: true,
      finish: { reason, raw },
    })
  })

  test('T07 a call that the model botched is an error that may be tried again', () => {
    expect(run(parts([], 'MALFORMED_FUNCTION_CALL')).end).toMatchObject({
      ok: false,
      error: { code: 'upstream_error', retryable: true },
    })
  })

  test('T07 a blocked prompt is a filtered answer without content', () => {
    const blocked = {
      promptFeedback: { blockReason: 'SAFETY' },
      usageMetadata: { promptTokenCount: 3, totalTokenCount: 3 },
    }
    const { content, end } = run(blocked)
    expect(content).toEqual([])
    expect(end).toMatchObject({
      ok: true,
      finish: { reason: 'content_filter' },
      usage: { input_tokens: 3, output_tokens: 0 },
    })
  })

  test('without alt=sse it is one JSON array', () => {
    const { content, end } = decode([fixture('2026-11-stream-array.json')])
    expect(content).toEqual([{ type: 'text', text: 'One } brace, "quoted" \\ and ü€😀' }])
    expect(end).toMatchObject({
      ok: true,
      finish: { reason: 'length' },
      usage: { output_tokens: 9 },
    })
  })
})

describe('a stream that is not whole', () => {
  const error = { error: { code: 503, message: 'overloaded', status: 'UNAVAILABLE' } }
  test.each<[string, Buffer, string]>([
    ['closes early', sse(parts([{ text: 'x' }])), 'upstream_error'],
    ['is empty', Buffer.alloc(0), 'upstream_error'],
    ['has an error event (T46)', sse(parts([{ text: 'x' }]), error), 'server_is_overloaded'],
    [
      'has an error event wrapped in a list (T46)',
      sse(parts([{ text: 'x' }]), [error]),
      'server_is_overloaded',
    ],
    [
      'is an error body (T46)',
      Buffer.from(JSON.stringify([error], null, 2)),
      'server_is_overloaded',
    ],
    ['has data that is not JSON', Buffer.from('data: {"cand\n\n'), 'upstream_error'],
    ['is a web page (T64)', Buffer.from('<html><body>'), 'upstream_error'],
    [
      'has an event without end',
      Buffer.from(`data: ${'x'.repeat(20_000)}`),
      'wire_event_too_large',
    ],
    [
      'has an object without end',
      Buffer.from(`[{"a":"${'x'.repeat(20_000)}`),
      'wire_event_too_large',
    ],
    ['is an array with rubbish', Buffer.from('[{"candidates":[]} oops'), 'upstream_error'],
  ])('%s', (_, bytes, code) => {
    expect(decode([bytes]).end).toMatchObject({ ok: false, error: { code } })
  })
})

describe('any stream', () => {
  test.each([
    '2026-11-stream-thinking.txt',
    '2026-11-stream-partial-args.txt',
    '2026-11-stream-array.json',
  ])('T41 %s gives the same parts however its bytes are cut', (name) => {
    const bytes = fixture(name)
    const whole = decode([bytes])
    const { ok } = whole.end
    expect(ok).toBe(true)
    fc.assert(
      fc.property(fc.array(fc.nat({ max: bytes.length }), { maxLength: 20 }), (cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
        const seen = decode(edges.slice(1).map((to, i) => bytes.subarray(edges[i], to)))
        expect(seen.content).toEqual(whole.content)
        expect(seen.parts).toEqual(whole.parts)
      }),
    )
  })

  test('garbage never throws', () => {
    const call = fc.record(
      {
        name: fc.option(fc.string()),
        willContinue: fc.jsonValue(),
        partialArgs: fc.array(
          fc.record({
            jsonPath: fc.constantFrom(
              '$.a',
              '$[0]',
              '$.a[1].b',
              '$.__proto__.x',
              '$.constructor',
              'x',
            ),
            stringValue: fc.jsonValue(),
          }),
        ),
      },
      { requiredKeys: [] },
    )
    const event = fc.oneof(
      fc.jsonValue(),
      fc.record(
        { candidates: fc.jsonValue(), usageMetadata: fc.jsonValue(), error: fc.jsonValue() },
        { requiredKeys: [] },
      ),
      call.map((functionCall) => parts([{ functionCall }])),
    )
    const noise = fc.oneof(
      fc.array(event).map((events) => sse(...events)),
      fc.array(event).map((events) => Buffer.from(JSON.stringify(events))),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    )
    fc.assert(
      fc.property(noise, (bytes) => {
        decode([bytes])
      }),
      { numRuns: 500 },
    )
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })
})
