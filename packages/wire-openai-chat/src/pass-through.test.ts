import { describe, expect, test } from '@jest/globals'
import type { StreamEnd } from '@sluice/wire/wire-format'
import fc from 'fast-check'
import { createPassThrough } from './pass-through.ts'

interface Sent {
  id: string
  object: string
  created: number
  model: string
  choices: {
    index: number
    delta: Record<string, unknown>
    finish_reason: string | null
  }[]
  usage?: unknown
}

const head = { id: 'chatcmpl-9', object: 'chat.completion.chunk', created: 7, model: 'fast-2-0613' }
const choice = (delta: object, finish: string | null = null, index = 0) => ({
  index,
  delta,
  finish_reason: finish,
})
const chunk = (...choices: object[]) => ({ ...head, choices })
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
const usageChunk = { ...head, choices: [], usage }
const say = (content: string) => chunk(choice({ content }))
const role = chunk(choice({ role: 'assistant', content: '' }))
const stop = chunk(choice({}, 'stop'))

type Payload = object | string
const frame = (payload: Payload) =>
  `data: ${typeof payload === 'string' ? payload : JSON.stringify(payload)}\n\n`
const bytesOf = (payloads: readonly Payload[]) => Buffer.from(payloads.map(frame).join(''))

interface Seen {
  readonly published: string[]
  readonly end: StreamEnd
  readonly outputCharacters: number
  readonly done: boolean
}
function decode(chunks: readonly Buffer[], includeUsage = false, maxEventBytes = 100_000): Seen {
  const edits = {
    model: 'acme/fast',
    includeUsage,
    requestId: 'r1',
    created: 1,
    maxEventBytes,
    request: null,
  }
  const decoder = createPassThrough(edits)
  const published = chunks.flatMap((bytes) => [...decoder.push(bytes)])
  const { done } = decoder
  const end = decoder.end()
  return { published, end, outputCharacters: decoder.outputCharacters, done }
}
const run = (payloads: readonly Payload[], includeUsage = false) =>
  decode([bytesOf(payloads)], includeUsage)
const parsed = (payloads: readonly string[]) =>
  payloads.map((payload) => JSON.parse(payload) as Sent)
const eventsOf = ({ end }: Seen) => (end.ok ? end.events : [])
const errorOf = ({ end }: Seen) => (end.ok ? null : end.error)

describe('a stream passed on', () => {
  test('M-002 keeps order, names the model the caller asked for, ends in [DONE]', () => {
    const seen = run([role, say('Hel'), say('lo'), stop, usageChunk, '[DONE]'])
    const named = (payload: object) => ({ ...payload, model: 'acme/fast' })
    expect(parsed(seen.published)).toEqual([role, say('Hel'), say('lo')].map(named))
    expect(seen.end).toEqual({
      ok: true,
      events: [JSON.stringify(named(stop)), '[DONE]'],
      finishReason: 'stop',
      usage: {
        input_tokens: 3,
        output_tokens: 2,
        cached_input_tokens: 0,
        cache_write_tokens: 0,
        reasoning_tokens: 0,
        estimated: false,
      },
    })
    expect(seen.outputCharacters).toBe(5)
    expect(seen.done).toBe(true)
  })

  test('M-002 a stream that lacks only [DONE] is whole, and gets it', () => {
    const seen = run([role, say('x'), stop])
    expect(seen.done).toBe(false)
    expect(eventsOf(seen).at(-1)).toBe('[DONE]')
  })

  test.each([
    ['before any text', [role]],
    ['after text', [role, say('x')]],
    ['with [DONE] but no finish reason', [role, say('x'), '[DONE]']],
    ['without a single event', []],
  ])('M-002 B-04 a stream closed %s is an error, never a whole answer', (_, payloads) => {
    const error = errorOf(run(payloads))
    expect(error).toMatchObject({ status: 502, code: 'upstream_error', retryable: true })
  })

  test('holds back the finish reason and everything after it', () => {
    const late = { ...chunk(), prompt_filter_results: [] }
    const seen = run([say('x'), chunk(choice({ content: '!' }, 'length')), late, '[DONE]'])
    expect(seen.published).toHaveLength(1)
    expect(parsed(eventsOf(seen).slice(0, -1)).map((c) => c.choices.length)).toEqual([1, 0])
    expect(seen.end).toMatchObject({ finishReason: 'length' })
  })

  test('with several choices holds back once all of them are finished, in either order of sending', () => {
    const part = (index: number, finish: string | null) =>
      chunk(choice(finish === null ? { content: 'x' } : {}, finish, index))
    const mixed = run([
      part(0, null),
      part(1, null),
      part(0, 'stop'),
      part(1, null),
      part(1, 'length'),
    ])
    expect(mixed.published).toHaveLength(4)
    expect(eventsOf(mixed)).toHaveLength(2)
    expect(mixed.end).toMatchObject({ finishReason: 'stop' })
    const oneByOne = run([part(0, null), part(0, 'stop'), part(1, null), part(1, 'stop')])
    expect(parsed(oneByOne.published).map((c) => c.choices[0]?.index)).toEqual([0, 0, 1])
    expect(eventsOf(oneByOne)).toHaveLength(2)
    expect(errorOf(run([part(0, null), part(0, 'stop'), part(1, null)]))).not.toBeNull()
  })

  test('T44 gives one usage chunk, last and only when asked, wherever the provider put its usage', () => {
    const everywhere = [
      { ...role, usage },
      { ...say('x'), usage: { ...usage, completion_tokens: 1 } },
      { ...stop, usage },
    ]
    for (const payloads of [
      [role, stop, usageChunk],
      [role, { ...usageChunk, extra: 1 }, stop],
      everywhere,
    ]) {
      const asked = eventsOf(run(payloads, true))
      expect(asked.at(-1)).toBe('[DONE]')
      expect(JSON.parse(asked.at(-2) ?? '')).toMatchObject({
        ...head,
        model: 'acme/fast',
        choices: [],
        usage,
      })
      const plain = run(payloads)
      const sent = parsed([...plain.published, ...eventsOf(plain).slice(0, -1)])
      expect(sent.filter((c) => c.usage !== undefined)).toEqual([])
      expect(plain.end).toMatchObject({ usage: { input_tokens: 3, output_tokens: 2 } })
    }
  })

  test('T43 odd chunks are read, and every chunk sent has choices, a delta and the names of the stream', () => {
    const odd = run([
      { choices: [], created: 0, id: '', model: '', object: '', prompt_filter_results: [{}] },
      role,
      { ...head, choices: null },
      { ...head, id: 'other', created: 9, choices: [{ index: 0, content_filter_offsets: {} }] },
      { ...head, choices: [{ delta: { content: 'x' }, finish_reason: '' }] },
      { ...head, choices: [{ index: 0, finish_reason: 'stop' }], usage: null },
    ])
    const sent = parsed([...odd.published, ...eventsOf(odd).slice(0, -1)])
    expect(sent).toHaveLength(6)
    for (const { id, object, created, model, choices } of sent) {
      expect({ id, object, created, model }).toEqual({
        id: 'chatcmpl-r1',
        object: 'chat.completion.chunk',
        created: 1,
        model: 'acme/fast',
      })
      for (const each of choices) {
        expect(typeof each.index).toBe('number')
        expect(each.delta).toBeInstanceOf(Object)
        expect([null, 'stop']).toContain(each.finish_reason)
      }
    }
  })

  test('passes unknown members, tool calls and reasoning on, and counts their text', () => {
    const call = (fn: object, more: object = {}) =>
      chunk(choice({ tool_calls: [{ index: 0, ...more, function: fn }] }))
    const payloads = [
      { ...chunk(choice({ role: 'assistant', reasoning_content: 'hmm' })), vendor: { a: [1, 2] } },
      call({ name: 'f', arguments: '' }, { id: 'c1', type: 'function' }),
      call({ arguments: '{"a"' }),
      call({ arguments: ':1}' }),
      chunk(choice({}, 'tool_calls')),
    ]
    const seen = run(payloads)
    const named = payloads.map((payload) => ({ ...payload, model: 'acme/fast' }))
    expect(parsed(seen.published)).toEqual(named.slice(0, -1))
    expect(seen.outputCharacters).toBe(3 + 1 + 7)
    expect(seen.end).toMatchObject({ finishReason: 'tool_calls' })
  })
})

describe('an error inside a stream', () => {
  test.each<[string, number, string]>([
    [frame({ error: { message: 'm', type: 'server_error', code: null } }), 502, 'upstream_error'],
    [frame({ error: { message: 'm', code: 'rate_limit_exceeded' } }), 429, 'rate_limit_exceeded'],
    [frame({ error: { message: 'm', code: 503 } }), 503, 'server_is_overloaded'],
    [
      frame({ type: 'error', error: { type: 'overloaded_error', message: 'm' } }),
      503,
      'server_is_overloaded',
    ],
    [frame([{ error: { code: 500, message: 'm', status: 'INTERNAL' } }]), 502, 'upstream_error'],
    [frame({ error: 'm' }), 502, 'upstream_error'],
    [frame({ object: 'error', message: 'm', code: 400 }), 400, 'invalid_request'],
    [
      frame({ ...chunk(choice({}, 'error')), error: { code: 502, message: 'm' } }),
      502,
      'upstream_error',
    ],
    [frame(chunk(choice({}, 'error'))), 502, 'upstream_error'],
    [`event: error\n${frame('gone')}`, 502, 'upstream_error'],
    [frame('not json'), 502, 'upstream_error'],
    [frame('{"id":"x","choi'), 502, 'upstream_error'],
    [frame('null'), 502, 'upstream_error'],
    [frame({ hello: 1 }), 502, 'upstream_error'],
    [`data: ${'x'.repeat(100_001)}`, 502, 'wire_event_too_large'],
  ])(
    'T46 is an error before and after content and after the finish reason: %j',
    (text, status, code) => {
      for (const before of [[], [role, say('x')], [role, stop]]) {
        const bytes = [bytesOf(before), Buffer.from(text), bytesOf([say('never sent'), '[DONE]'])]
        const seen = decode(bytes)
        expect(errorOf(seen)).toMatchObject({ status, code })
        expect(seen.done).toBe(true)
        expect(seen.published).toHaveLength(before.includes(stop) ? 1 : before.length)
      }
    },
  )

  test('a chunk that begins like the one before it is still read to its end', () => {
    const text = JSON.stringify(say('x'))
    for (const broken of [`${text}}`, text.slice(0, -1), text.replace('"x"', '"x\\q"')]) {
      const seen = run([say('x'), broken, stop])
      expect(seen.published).toHaveLength(1)
      expect(errorOf(seen)).toMatchObject({ code: 'upstream_error' })
    }
    const finished = run([say('x'), text.replace('"finish_reason":null', '"finish_reason":"stop"')])
    expect(finished.published).toHaveLength(1)
    expect(finished.end.ok).toBe(true)
  })

  test('bounds what is held back for the end', () => {
    const tail = Array.from({ length: 50 }, () => chunk(choice({ content: 'x'.repeat(100) })))
    const seen = decode([bytesOf([stop, ...tail])], false, 4_000)
    expect(errorOf(seen)).toMatchObject({ code: 'wire_event_too_large' })
  })

  test('nothing after [DONE] counts', () => {
    expect(run([role, stop, '[DONE]', 'trailing bytes']).end.ok).toBe(true)
  })
})

describe('any stream', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\n', '"', '\\', '", "finish_reason":"stop', '{"content":"x"}', 'ü€😀'),
  )
  const padding = fc.option(fc.constantFrom('a', 'bcd'), { nil: undefined })
  const delta = fc.oneof(
    text.map((content) => ({ content })),
    text.map((reasoning) => ({ reasoning })),
    text.map((value) => ({ tool_calls: [{ index: 0, function: { arguments: value } }] })),
    text.map((content) => ({ content, extra: { content } })),
  )
  const ordinary = fc
    .tuple(delta, padding)
    .map(([d, obfuscation]) => ({ ...chunk(choice(d)), ...(obfuscation ? { obfuscation } : {}) }))
  const style = fc.constantFrom<(value: object) => string>(
    (value) => JSON.stringify(value),
    (value) => JSON.stringify(value, null, 1).replaceAll('\n', ''),
    // As Python writes it: everything outside ASCII escaped.
    (value) =>
      JSON.stringify(value).replaceAll(
        /[^ -~]/g,
        (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
      ),
  )

  test('passes on exactly what parsing and writing each chunk would, whatever the text in it', () => {
    fc.assert(
      fc.property(fc.array(ordinary, { maxLength: 12 }), style, (chunks, write) => {
        const seen = run([...chunks.map((c) => write(c)), stop])
        expect(parsed(seen.published)).toEqual(chunks.map((c) => ({ ...c, model: 'acme/fast' })))
        expect(seen.published.some((payload) => payload.includes('\n'))).toBe(false)
        const length = (value: unknown): number => (typeof value === 'string' ? value.length : 0)
        let characters = 0
        for (const { choices } of chunks) {
          const {
            content,
            reasoning,
            tool_calls: calls,
          } = { ...(choices as Sent['choices'])[0]?.delta }
          const args = (calls as { function: { arguments: string } }[] | undefined)?.[0]?.function
            .arguments
          characters += length(content) + length(reasoning) + length(args)
        }
        expect(seen.outputCharacters).toBe(characters)
      }),
      { numRuns: 500 },
    )
  })

  test('T41 gives the same payloads however its bytes are cut', () => {
    const bytes = bytesOf([role, say('ü€😀\n'), say('b'), say('c "d"'), stop, usageChunk, '[DONE]'])
    const whole = decode([bytes], true)
    for (let at = 0; at <= bytes.length; at++) {
      expect(decode([bytes.subarray(0, at), bytes.subarray(at)], true).end).toEqual(whole.end)
    }
    fc.assert(
      fc.property(fc.array(fc.nat({ max: bytes.length }), { maxLength: 20 }), (cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
        const pieces = edges.slice(1).map((end, i) => bytes.subarray(edges[i], end))
        const seen = decode(pieces, true)
        expect([seen.published, seen.end]).toEqual([whole.published, whole.end])
      }),
    )
  })

  test('garbage never throws', () => {
    const line = fc.oneof(fc.string(), fc.json(), fc.constantFrom('[DONE]', JSON.stringify(stop)))
    const noise = fc.oneof(
      fc.array(line).map((lines) => bytesOf(lines)),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    )
    fc.assert(
      fc.property(noise, (bytes) => {
        decode([bytes])
      }),
      { numRuns: 500 },
    )
  })
})
