import { describe, expect, test } from '@jest/globals'
import type { StreamPart } from '@sluice/wire/canonical-reply'
import { collectParts } from '@sluice/wire/stream-parts'
import { createPartDecoder } from './decode-stream.ts'

function decode(...events: (object | string)[]) {
  const decoder = createPartDecoder({ requestId: 'r1', maxEventBytes: 10_000 })
  const lines = events.map((event) => (typeof event === 'string' ? event : JSON.stringify(event)))
  const parts: StreamPart[] = lines.flatMap((line) => [
    ...decoder.push(Buffer.from(`data: ${line}\n\n`)),
  ])
  const end = decoder.end()
  return { content: collectParts(parts), end }
}
const delta = (value: object, finish: string | null = null) => ({
  choices: [{ index: 0, delta: value, finish_reason: finish }],
})
const call = (fields: object) => delta({ tool_calls: [fields] })
const over = (reason = 'stop') => delta({}, reason)

describe('T03 calls are told apart', () => {
  const named = (id: string | undefined, name: string | undefined, text: string, index?: number) =>
    call({
      ...(index === undefined ? {} : { index }),
      ...(id === undefined ? {} : { id }),
      function: { ...(name === undefined ? {} : { name }), arguments: text },
    })
  const two = [
    { type: 'tool-call', id: 'a', name: 'f', arguments: '{"x":1}' },
    { type: 'tool-call', id: 'b', name: 'g', arguments: '{}' },
  ]

  test.each([
    [
      'by index',
      [named('a', 'f', '{"x"', 0), named('b', 'g', '{}', 1), named(undefined, undefined, ':1}', 0)],
    ],
    [
      'by id where every index is 0',
      [named('a', 'f', '{"x"', 0), named(undefined, undefined, ':1}', 0), named('b', 'g', '{}', 0)],
    ],
    [
      'by id where there is no index',
      [named('a', 'f', '{"x"'), named(undefined, undefined, ':1}'), named('b', 'g', '{}')],
    ],
    [
      'by a repeated id and name',
      [named('a', 'f', '{"x"', 0), named('a', 'f', ':1}', 0), named('b', 'g', '{}', 1)],
    ],
    [
      'when the name comes late',
      [named('a', undefined, '', 0), named(undefined, 'f', '{"x":1}', 0), named('b', 'g', '{}', 1)],
    ],
  ])('%s', (_, events) => {
    expect(decode(...events, over('tool_calls'), '[DONE]').content).toEqual(two)
  })

  test('without ids they get their own, the same on every reading', () => {
    const events = [
      named(undefined, 'f', '{}', 0),
      named(undefined, 'g', '{}', 0),
      over('tool_calls'),
    ]
    const { content } = decode(...events)
    expect(content).toMatchObject([{ name: 'f' }, { name: 'g' }])
    const ids = content.map((part) => (part.type === 'tool-call' ? part.id : ''))
    expect(new Set(ids).size).toBe(2)
    expect(decode(...events).content).toEqual(content)
  })

  test('T06 the reason is tool_calls where there was a call, whatever the provider says', () => {
    expect(decode(named('a', 'f', '{}', 0), over('stop')).end).toMatchObject({
      finish: { reason: 'tool_calls', raw: 'stop' },
    })
  })
})

describe('T43 odd chunks', () => {
  const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }

  test.each([
    ['usage alone', [delta({ content: 'a' }), over(), { choices: [], usage }]],
    ['usage beside the last delta', [delta({ content: 'a' }), { ...over(), usage }]],
    [
      'a last chunk without a delta',
      [delta({ content: 'a' }), { choices: [{ index: 0, finish_reason: 'stop' }], usage }],
    ],
    [
      'usage on every chunk',
      [
        { ...delta({ content: 'a' }), usage: { ...usage, completion_tokens: 1 } },
        { ...over(), usage },
      ],
    ],
    [
      'a first chunk of filter results',
      [{ choices: [], prompt_filter_results: [] }, delta({ content: 'a' }), { ...over(), usage }],
    ],
    ['choices that are null', [{ choices: null, usage }, delta({ content: 'a' }), over()]],
  ])('%s', (_, events) => {
    const { content, end } = decode(...events, '[DONE]')
    expect(content).toEqual([{ type: 'text', text: 'a' }])
    expect(end).toMatchObject({
      ok: true,
      finish: { reason: 'stop' },
      usage: { input_tokens: 3, output_tokens: 2 },
    })
  })
})

test('T46 an error in place of a chunk ends it, with its kind', () => {
  const { end } = decode(delta({ content: 'a' }), {
    error: { type: 'overloaded_error', message: 'busy' },
  })
  expect(end).toMatchObject({ ok: false, error: { code: 'server_is_overloaded', status: 503 } })
})

test('a stream without a finish reason is cut short, with [DONE] or without', () => {
  expect(decode(delta({ content: 'a' })).end).toMatchObject({ ok: false })
  expect(decode(delta({ content: 'a' }), '[DONE]').end).toMatchObject({ ok: false })
})

test('thoughts come under either name, once', () => {
  const { content } = decode(
    delta({ reasoning_content: 'h', reasoning: 'h' }),
    delta({ reasoning: 'm' }),
    delta({ content: 'x' }),
    over(),
  )
  expect(content).toEqual([
    { type: 'reasoning', text: 'hm' },
    { type: 'text', text: 'x' },
  ])
})
