import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import type { PartsEnd, StreamPart } from '@sluice/wire/canonical-reply'
import { collectParts } from '@sluice/wire/stream-parts'
import fc from 'fast-check'
import { createPartDecoder } from './decode-stream.ts'
import { createPassThrough } from './pass-through.ts'

const options = { requestId: 'r1', maxEventBytes: 100_000 }
const fixture = (name: string) =>
  readFileSync(new URL(`__fixtures__/2026-11-${name}.sse`, import.meta.url))

interface Seen {
  readonly parts: StreamPart[]
  readonly end: PartsEnd
}
function decode(chunks: readonly Buffer[]): Seen {
  const decoder = createPartDecoder(options)
  const parts = chunks.flatMap((chunk) => [...decoder.push(chunk)])
  const end = decoder.end()
  if (end.ok) parts.push(...end.parts)
  return { parts, end }
}
const frames = (events: readonly object[]) =>
  events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
const decodeEvents = (...events: object[]) => decode([Buffer.from(frames(events))])
const message = (usage: object = { input_tokens: 3, output_tokens: 1 }) => ({
  type: 'message_start',
  message: { id: 'msg_1', role: 'assistant', content: [], usage },
})
const blockStart = (index: number, block: object) => ({
  type: 'content_block_start',
  index,
  content_block: block,
})
const delta = (index: number, piece: object) => ({
  type: 'content_block_delta',
  index,
  delta: piece,
})
const finish = (reason: string, usage: object = { output_tokens: 9 }) => ({
  type: 'message_delta',
  delta: { stop_reason: reason, stop_sequence: null },
  usage,
})
const stop = { type: 'message_stop' }
const own = 'anthropic-messages'

describe('a stream of Anthropic', () => {
  test('text, with a ping in between', () => {
    const { parts, end } = decode([fixture('text')])
    expect(collectParts(parts)).toEqual([{ type: 'text', text: 'Hello!' }])
    expect(end).toMatchObject({
      ok: true,
      finish: { reason: 'stop', raw: 'end_turn' },
      usage: { input_tokens: 25, output_tokens: 15 },
    })
  })

  test('a call, streamed', () => {
    const { parts, end } = decode([fixture('tool-use')])
    expect(collectParts(parts)).toEqual([
      { type: 'text', text: "Okay, let's check the weather:" },
      {
        type: 'tool-call',
        id: 'toolu_01T1x1fJ34qAmk2tNTrN7Up6',
        name: 'get_weather',
        arguments: '{"location": "San Francisco, CA", "unit": "fahrenheit"}',
      },
    ])
    expect(end).toMatchObject({ ok: true, finish: { reason: 'tool_calls' } })
  })

  test('T04 parallel calls, one without arguments', () => {
    const { parts } = decode([fixture('parallel-tools')])
    expect(collectParts(parts).slice(1)).toMatchObject([
      { name: 'get_weather', arguments: '{"location": "Zürich"}' },
      { name: 'get_time', arguments: '{}' },
    ])
    const calls = parts.filter(({ type }) => type === 'tool-call')
    expect(calls).toMatchObject([{ index: 0 }, { index: 1 }])
  })

  test('T23 thoughts keep their signatures and their order, also redacted ones and those without a text', () => {
    const { parts, end } = decode([fixture('thinking')])
    const signature = 'EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pkiMOYds'
    expect(collectParts(parts)).toEqual([
      {
        type: 'reasoning',
        text: 'I need the GCD of 1071 and 462.\n1071 = 2 × 462 + 147',
        signature,
        origin: own,
      },
      {
        type: 'reasoning',
        text: '',
        redacted: 'EmwKAhgBEgy3va3pzix/LafPsn4aDFIT2Xlxh0L5L8rLVyIwxtE3rAFBa8cr3qpP',
        origin: own,
      },
      { type: 'reasoning', text: '', signature: 'EosnCkYICxIMMb3LzNrMu', origin: own },
      { type: 'text', text: 'The greatest common divisor of 1071 and 462 is **21**.' },
    ])
    expect(end).toMatchObject({ usage: { output_tokens: 121, reasoning_tokens: 90 } })
  })

  test('T22 what the provider searched by itself leaves no call behind', () => {
    const { parts, end } = decode([fixture('web-search')])
    const text = "I'll check the current weather.It is 22 °C."
    expect(collectParts(parts)).toEqual([{ type: 'text', text }])
    expect(end).toMatchObject({
      ok: true,
      finish: { reason: 'stop' },
      usage: { input_tokens: 10_682, output_tokens: 510 },
    })
  })

  test('T46 an error in the stream is an error, of a kind the caller can act on', () => {
    const { parts, end } = decode([fixture('error')])
    expect(collectParts(parts)).toEqual([{ type: 'text', text: 'Hel' }])
    expect(end).toMatchObject({
      ok: false,
      error: {
        code: 'server_is_overloaded',
        status: 503,
        retryable: true,
        verbatim: { wire: own, status: 529 },
      },
      usage: { input_tokens: 25, output_tokens: 1, estimated: true },
    })
  })

  test('T50 counts of the end replace those of the start', () => {
    const { parts, end } = decodeEvents(
      message({ input_tokens: 10, cache_read_input_tokens: 4, output_tokens: 1 }),
      finish('end_turn', { input_tokens: 12, output_tokens: 30 }),
      finish('end_turn', { output_tokens: 40 }),
      stop,
    )
    expect(parts).toMatchObject([{ type: 'usage', usage: { input_tokens: 14, output_tokens: 1 } }])
    expect(end).toMatchObject({
      usage: { input_tokens: 16, cached_input_tokens: 4, output_tokens: 40 },
    })
  })

  test('T45 a second message_start changes nothing', () => {
    const { parts, end } = decodeEvents(
      message(),
      blockStart(0, { type: 'text', text: '' }),
      message({ input_tokens: 99, output_tokens: 99 }),
      delta(0, { type: 'text_delta', text: 'a' }),
      finish('end_turn'),
      stop,
    )
    expect(collectParts(parts)).toEqual([{ type: 'text', text: 'a' }])
    expect(end).toMatchObject({ usage: { input_tokens: 3, output_tokens: 9 } })
  })

  test('T55 a stream that was cut has its exact input, and an estimate of what was received', () => {
    const { end } = decodeEvents(
      message({ input_tokens: 1000, output_tokens: 1 }),
      blockStart(0, { type: 'text', text: '' }),
      delta(0, { type: 'text_delta', text: 'x'.repeat(400) }),
    )
    expect(end).toMatchObject({
      ok: false,
      usage: { input_tokens: 1000, output_tokens: 100, estimated: true },
    })
  })

  test('arguments that came with the start count where no pieces follow', () => {
    const call = { type: 'tool_use', id: 'toolu_1', name: 't', input: { a: [] } }
    const { parts } = decodeEvents(message(), blockStart(0, call), finish('tool_use'), stop)
    expect(collectParts(parts)).toMatchObject([{ arguments: '{"a":[]}' }])
  })

  test('T11 a call without an id, or with one that has been given, gets its own', () => {
    const call = (id: string) => ({ type: 'tool_use', id, name: 't', input: {} })
    const { parts } = decodeEvents(
      message(),
      blockStart(0, call('')),
      blockStart(1, call('toolu_1')),
      blockStart(2, call('toolu_1')),
      finish('tool_use'),
      stop,
    )
    const ids = parts.flatMap((part) => (part.type === 'tool-call' ? [part.id] : []))
    expect(new Set(ids).size).toBe(3)
    expect(ids).toContain('toolu_1')
    expect(ids).not.toContain('')
  })

  test.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['pause_turn', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['refusal', 'content_filter'],
    ['compaction', 'stop'],
    ['something_new', 'stop'],
    ['constructor', 'stop'],
  ])('the stop reason %s means %s', (raw, reason) => {
    const { end } = decodeEvents(message(), finish(raw), stop)
    expect(end).toMatchObject({ ok: true, finish: { reason, raw } })
  })

  test('T09 a call that was cut at the limit keeps the reason and the broken arguments', () => {
    const { parts, end } = decodeEvents(
      message(),
      blockStart(0, { type: 'tool_use', id: 'toolu_1', name: 't', input: {} }),
      delta(0, { type: 'input_json_delta', partial_json: '{"text":"never en' }),
      finish('max_tokens'),
      stop,
    )
    expect(collectParts(parts)).toMatchObject([{ arguments: '{"text":"never en' }])
    expect(end).toMatchObject({ finish: { reason: 'length' } })
  })

  test('T41 a recorded stream gives the same parts wherever it is cut', () => {
    const bytes = fixture('thinking')
    const whole = collectParts(decode([bytes]).parts)
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (places) => {
        const ends = [...places.toSorted((a, b) => a - b), bytes.length]
        const pieces = ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end))
        expect(collectParts(decode(pieces).parts)).toEqual(whole)
      }),
    )
  })
})

test('an answer that goes on after tools of the provider may be whole in its first event (seen in 2026-04)', () => {
  const message = {
    content: [
      { type: 'code_execution_tool_result', tool_use_id: 'srvtoolu_1', content: {} },
      { type: 'tool_use', id: 'toolu_1', name: 'look_up', input: { id: 'c1' } },
    ],
    stop_reason: 'tool_use',
    usage: { input_tokens: 7, output_tokens: 3 },
  }
  const events = [{ type: 'message_start', message }, { type: 'message_stop' }]
  const bytes = Buffer.from(
    events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''),
  )
  const decoder = createPartDecoder({ requestId: 'r', maxEventBytes: 10_000 })
  const parts = decoder.push(bytes)
  expect(decoder.end()).toMatchObject({ ok: true, finish: { reason: 'tool_calls' } })
  expect(collectParts(parts)).toEqual([
    { type: 'tool-call', id: 'toolu_1', name: 'look_up', arguments: '{"id":"c1"}' },
  ])
  const passing = createPassThrough({
    model: 'acme/m',
    includeUsage: true,
    requestId: 'r',
    created: 1,
    maxEventBytes: 10_000,
    request: null,
  })
  passing.push(bytes)
  expect(passing.end()).toMatchObject({ ok: true, finishReason: 'tool_calls' })
})
