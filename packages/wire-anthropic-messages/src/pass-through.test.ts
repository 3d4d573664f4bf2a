import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import type { ReplyEdits, StreamEnd } from '@sluice/wire/wire-format'
import fc from 'fast-check'
import { createPassThrough } from './pass-through.ts'

const edits: ReplyEdits = {
  model: 'acme/claude',
  includeUsage: true,
  requestId: 'r1',
  created: 1,
  maxEventBytes: 100_000,
  request: null,
}
const fixture = (name: string) =>
  readFileSync(new URL(`__fixtures__/2026-11-${name}.sse`, import.meta.url))
const dataOf = (bytes: Buffer) =>
  bytes
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => line.slice(6))

interface Seen {
  readonly published: readonly string[]
  readonly end: StreamEnd
  readonly characters: number
}
function pass(chunks: readonly (Buffer | string)[], maxEventBytes = 100_000): Seen {
  const decoder = createPassThrough({ ...edits, maxEventBytes })
  const published = chunks.flatMap((chunk) => [...decoder.push(Buffer.from(chunk))])
  const end = decoder.end()
  return { published, end, characters: decoder.outputCharacters }
}
const all = ({ published, end }: Seen) => [...published, ...(end.ok ? end.events : [])]
const start =
  'data: {"type":"message_start","message":{"model":"m","usage":{"input_tokens":3,"output_tokens":1}}}\n\n'
const finish =
  'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}\n\n'
const stop = 'data: {"type":"message_stop"}\n\n'

describe('a stream passed on', () => {
  test.each(['text', 'tool-use', 'parallel-tools', 'thinking', 'web-search', 'cache'])(
    'M-019 every event but the first leaves as it came: %s',
    (name) => {
      const bytes = fixture(name)
      const seen = pass([bytes])
      const [first = '', ...rest] = all(seen)
      const [expected = '', ...others] = dataOf(bytes)
      expect(rest).toEqual(others)
      const named = JSON.parse(expected.replace('claude-opus-5', 'acme/claude')) as object
      expect(JSON.parse(first)).toMatchObject(named)
      expect(seen.end.ok).toBe(true)
      expect(seen.characters).toBeGreaterThan(0)
    },
  )

  test('the stop reason and what follows it come with the end only', () => {
    const { published, end } = pass([fixture('text')])
    expect(published.join('')).not.toContain('stop_reason":"end_turn')
    expect(
      end.ok && end.events.map((event) => (JSON.parse(event) as { type: string }).type),
    ).toEqual(['message_delta', 'message_stop'])
    expect(end).toMatchObject({
      finishReason: 'stop',
      usage: { input_tokens: 25, output_tokens: 15 },
    })
  })

  test('T45 the first event has every count, and there is only one', () => {
    const seen = pass([start, start.replace('"m"', '"other"'), finish, stop])
    const starts = all(seen).filter((event) => event.includes('message_start'))
    expect(starts).toHaveLength(1)
    expect(JSON.parse(starts[0] ?? '')).toMatchObject({
      message: {
        model: 'acme/claude',
        usage: {
          input_tokens: 3,
          output_tokens: 1,
          cache_creation_input_tokens: 0,
          cache_read_input_tokens: 0,
        },
      },
    })
  })

  test('counts that a vendor leaves out are added where clients break without them', () => {
    const bare = 'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}\n\n'
    const [delta = ''] = all(pass([start, bare, stop])).slice(1)
    expect(JSON.parse(delta)).toMatchObject({ usage: { input_tokens: 3, output_tokens: 1 } })
    const { end } = pass(['data: {"type":"message_start","message":{}}\n\n', bare, stop])
    expect(end).toMatchObject({ ok: true, usage: null })
  })

  test('T50 counts are replaced, never added', () => {
    const { end } = pass([
      start,
      finish.replace('"end_turn"', 'null'),
      finish.replace('2', '7'),
      stop,
    ])
    expect(end).toMatchObject({ ok: true, usage: { input_tokens: 3, output_tokens: 7 } })
  })

  test('only the end marker is missing: it is added', () => {
    const { end } = pass([start, finish])
    expect(end.ok && end.events.at(-1)).toBe('{"type":"message_stop"}')
    expect(pass([start, finish, 'data: [DONE]\n\n']).end.ok).toBe(true)
  })

  test('T46 T48 cut short, an error event, garbage: never whole; what was said stays said', () => {
    const delta =
      'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}\n\n'
    const block =
      'data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n'
    for (const rest of ['', stop, 'data: [DONE]\n\n', 'data: {"type":\n\n', 'data: <html>\n\n']) {
      const { published, end } = pass([start, block, delta, rest])
      expect(published).toHaveLength(3)
      expect(end.ok).toBe(false)
    }
    const { end } = pass([fixture('error')])
    const verbatim = {
      wire: 'anthropic-messages',
      status: 529,
      body: dataOf(fixture('error')).at(-1),
    }
    expect(end).toMatchObject({ ok: false, error: { status: 503, verbatim } })
  })

  test('a plain error object in a stream is an error, too', () => {
    for (const error of [
      '{"error":{"type":"overloaded_error","message":"x"}}',
      '{"error":{"message":"x"}}',
    ]) {
      expect(pass([start, `data: ${error}\n\n`]).end.ok).toBe(false)
    }
    expect(pass([start, 'event: error\ndata: {"type":"content_block_delta"}\n\n']).end.ok).toBe(
      false,
    )
  })

  test('content before the first event is garbage; a ping is not', () => {
    const ping = 'event: ping\ndata: {"type": "ping"}\n\n'
    expect(pass([ping, start, finish, stop]).end.ok).toBe(true)
    const block = 'data: {"type":"content_block_stop","index":0}\n\n'
    expect(pass([block, start, finish, stop]).end.ok).toBe(false)
  })

  test('event types of later versions, and events whose data has no type, pass', () => {
    const later = 'data: {"type":"content_block_hint","index":0}\n\n'
    const nameless = 'event: content_block_stop\ndata: {"index":0}\n\n'
    const events = all(pass([start, later, nameless, finish, stop]))
    expect(events[1]).toBe('{"type":"content_block_hint","index":0}')
    expect(JSON.parse(events[2] ?? '')).toEqual({ type: 'content_block_stop', index: 0 })
  })

  test('data of several lines becomes one line', () => {
    const events = all(pass([start, 'data: {"type":"ping",\ndata: "a":1}\n\n', finish, stop]))
    expect(events[1]).toBe('{"type":"ping","a":1}')
  })

  test('what is held back is bounded', () => {
    const ping = `data: {"type":"ping","pad":"${'x'.repeat(400)}"}\n\n`
    const { end } = pass([start, finish, ping.repeat(10), stop], 2_000)
    expect(end).toMatchObject({ ok: false, error: { code: 'wire_event_too_large' } })
  })

  test('T41 characters are counted the same, and nothing changes, wherever the bytes are cut', () => {
    const bytes = fixture('thinking')
    const whole = pass([bytes])
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (places) => {
        const ends = [...places.toSorted((a, b) => a - b), bytes.length]
        const seen = pass(ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end)))
        expect(all(seen)).toEqual(all(whole))
        expect(seen.characters).toBe(whole.characters)
      }),
    )
  })
})
