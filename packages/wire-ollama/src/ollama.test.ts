import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { GatewayError } from '@sluice/kernel/errors'
import type { StreamPart } from '@sluice/wire/canonical-reply'
import type { AssistantPart } from '@sluice/wire/canonical-request'
import { collectParts } from '@sluice/wire/stream-parts'
import fc from 'fast-check'
import { ollama } from './ollama.ts'

const edits = {
  model: 'local/m',
  includeUsage: true,
  requestId: 'r1',
  created: 7,
  maxEventBytes: 10_000,
  request: null,
}
const target = { upstreamModel: 'm:8b', stream: true, maxTokens: null, traits: {} }
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value))
const json = (body: Buffer | string | undefined) => JSON.parse((body ?? '').toString()) as unknown
const usage = {
  input_tokens: 9,
  output_tokens: 4,
  cached_input_tokens: 2,
  cache_write_tokens: 0,
  reasoning_tokens: 0,
  estimated: false,
}

const conversation = {
  model: 'm:8b',
  stream: true,
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'look', images: ['iVBORw0KGgoAAAA'] },
    {
      role: 'assistant',
      content: '',
      thinking: 'hm',
      tool_calls: [
        { function: { name: 'f', arguments: { a: 1 } } },
        { function: { name: 'f', arguments: { a: 2 } } },
      ],
    },
    { role: 'tool', tool_name: 'f', content: 'one' },
    { role: 'tool', tool_name: 'f', content: 'two' },
  ],
  tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
  format: 'json',
  think: 'low',
  options: { temperature: 0.5, num_ctx: 4096, num_predict: 50, stop: ['END'] },
  keep_alive: '5m',
}

describe('an Ollama caller', () => {
  test('gives every call an id, and each result the oldest call of its name', () => {
    const { messages } = ollama.decodeRequest(bytes(conversation))
    const [, , assistant, results] = messages
    const ids = (assistant?.role === 'assistant' ? assistant.content : []).flatMap((part) =>
      part.type === 'tool-call' ? [part.id] : [],
    )
    expect(new Set(ids).size).toBe(2)
    expect(results?.role === 'tool' && results.results.map(({ callId }) => callId)).toEqual(ids)
  })

  test('T13 T36 T40 is understood as it was written: what is decoded and encoded again says the same', () => {
    const once = ollama.decodeRequest(bytes(conversation))
    const again = ollama.decodeRequest(ollama.encodeRequest(once, target).body)
    expect(again).toEqual(once)
    expect(once).toMatchObject({
      maxTokens: 50,
      stop: ['END'],
      reasoning: { effort: 'low' },
      extra: { keep_alive: '5m', options: { num_ctx: 4096 } },
    })
  })

  test.each<[string, object, string]>([
    ['has no model', { messages: [] }, 'model'],
    ['has no messages', { model: 'm' }, 'messages'],
    [
      'has content that is no text',
      { model: 'm', messages: [{ role: 'user', content: [] }] },
      'messages[0].content',
    ],
  ])('a body that %s is refused by field', (_, body, param) => {
    let thrown: unknown
    try {
      ollama.parseRequest(bytes(body))
    } catch (error) {
      thrown = error
    }
    expect(GatewayError.is(thrown) && [thrown.status, thrown.param]).toEqual([400, param])
  })

  test('says what it needs, and streams unless told not to', () => {
    expect(ollama.parseRequest(bytes({ ...conversation, stream: undefined }))).toMatchObject({
      stream: true,
      maxTokens: 50,
      needs: ['tools', 'images', 'reasoning'],
    })
  })

  const answer: readonly AssistantPart[] = [
    { type: 'reasoning', text: 'hm' },
    { type: 'text', text: 'Hello' },
    { type: 'tool-call', id: 'c1', name: 'f', arguments: '{"a":1}' },
    { type: 'tool-call', id: 'c2', name: 'g', arguments: '{}' },
  ]

  test('T10 T13 gets the answer with arguments as objects, plain and streamed', () => {
    const finish = { reason: 'tool_calls' as const }
    const reply = ollama.encodeReply({ content: answer, finish, usage }, edits)
    expect(json(reply)).toMatchObject({
      created_at: '1970-01-01T00:00:07.000Z',
      done_reason: 'stop',
    })
    expect(ollama.decodeReply(reply, edits)).toEqual({
      content: answer,
      finish: { reason: 'tool_calls', raw: 'stop' },
      usage,
    })
    const encoder = ollama.createPartEncoder(edits)
    // The pieces of two calls interleave (T01).
    const parts: StreamPart[] = [
      { type: 'text', text: 'Hel' },
      { type: 'text', text: 'lo' },
      { type: 'tool-call', index: 0, id: 'c1', name: 'f' },
      { type: 'tool-call', index: 1, id: 'c2', name: 'g' },
      { type: 'tool-arguments', index: 0, text: '{"a"' },
      { type: 'tool-arguments', index: 1, text: '{}' },
      { type: 'tool-arguments', index: 0, text: ':1}' },
    ]
    const lines = [...encoder.encode(parts), ...encoder.end(finish, usage)]
    expect(lines.map(json)).toMatchObject([
      { message: { content: 'Hel' }, done: false },
      { message: { content: 'lo' } },
      {
        message: {
          tool_calls: [
            { id: 'c1', function: { name: 'f', arguments: { a: 1 } } },
            { id: 'c2', function: { name: 'g', arguments: {} } },
          ],
        },
      },
      { done: true, done_reason: 'stop', prompt_eval_count: 9, eval_count: 4 },
    ])
  })

  test('T09 is not given a call whose arguments were cut', () => {
    const cut = { type: 'tool-call' as const, id: 'c1', name: 'f', arguments: '{"a":' }
    const reply = ollama.encodeReply(
      { content: [cut], finish: { reason: 'length' }, usage: null },
      edits,
    )
    expect(json(reply)).toEqual({
      model: 'local/m',
      created_at: '1970-01-01T00:00:07.000Z',
      message: { role: 'assistant', content: '' },
      done: true,
      done_reason: 'length',
    })
  })

  test('T60 gets errors in its own words', () => {
    const error = { code: 'upstream_error', status: 502, message: 'boom', retryable: true }
    expect(json(ollama.encodeErrorEvent(error, 'r1', null))).toEqual({
      error: 'boom (request id r1)',
    })
  })
})

describe('a recorded stream', () => {
  const read = (name: string) => {
    const bytes = readFileSync(new URL(`__fixtures__/${name}.ndjson.txt`, import.meta.url))
    const decoder = ollama.createPartDecoder(edits)
    const parts = [...bytes].flatMap((byte) => [...decoder.push(Buffer.of(byte))])
    return { content: collectParts(parts), end: decoder.end() }
  }

  test('T06 T10 T41 calls come whole, and end the turn', () => {
    const { content, end } = read('2026-11-stream-tools')
    expect(content).toMatchObject([
      { type: 'tool-call', name: 'get_weather', arguments: '{"city":"Tokyo"}' },
    ])
    expect(end).toMatchObject({
      finish: { reason: 'tool_calls' },
      usage: { input_tokens: 169, output_tokens: 15 },
    })
  })

  test('T55 thoughts come first; a prompt that was cached is not counted, which is unknown', () => {
    const { content, end } = read('2026-11-stream-thinking')
    expect(content).toEqual([
      { type: 'reasoning', text: 'First, I think' },
      { type: 'text', text: "The word 'strawberry' has three." },
    ])
    expect(end).toMatchObject({ ok: true, finish: { reason: 'stop' }, usage: null })
  })
})

describe('Ollama on both sides', () => {
  test('the request passes with the model name, and the cap inside the options', () => {
    const body = Buffer.from('{"model":"a/b", "messages":[ 1.0 ],"options":{"num_ctx":1e3}}')
    const passed = ollama.passRequest(body, { ...target, maxTokens: 10 })
    expect(passed.adapted).toEqual(['max_tokens'])
    expect(passed.body.toString()).toBe(
      '{"model":"m:8b","messages":[ 1.0 ],"options":{"num_ctx":1000,"num_predict":10}}',
    )
    expect(ollama.passRequest(body, { ...target, stream: false }).body.toString()).toBe(
      '{"stream":false,"model":"m:8b","messages":[ 1.0 ],"options":{"num_ctx":1e3}}',
    )
  })

  test('what the model refuses is taken out of the options and reported', () => {
    const body = bytes({ model: 'a', messages: [], options: { seed: 1, top_k: 2 } })
    const passed = ollama.passRequest(body, { ...target, traits: { refuses: ['seed'] } })
    expect(json(passed.body)).toMatchObject({ options: { top_k: 2 } })
    expect(passed.adapted).toEqual(['seed'])
  })

  test('the stream passes with the model name; its last line is held back', () => {
    const decoder = ollama.createPassThrough(edits)
    const line = (more: object) => `${JSON.stringify({ model: 'm:8b', more: 1, ...more })}\n`
    const published = decoder.push(
      Buffer.from(
        line({
          message: { content: 'Hi', tool_calls: [{ function: { name: 'f', arguments: {} } }] },
          done: false,
        }) + line({ message: { content: '' }, done: true, done_reason: 'stop' }),
      ),
    )
    expect(published.map(json)).toMatchObject([{ model: 'local/m', more: 1 }])
    expect(decoder.outputCharacters).toBe(5)
    expect(decoder.end()).toMatchObject({
      ok: true,
      events: [expect.stringContaining('"done":true')],
      finishReason: 'tool_calls',
      usage: null,
    })
  })
})

describe('embeddings', () => {
  const { embeddings } = ollama.operations
  const payload = (value: unknown) => ({ data: bytes(value), contentType: 'application/json' })
  const encode = (body: unknown, refuses: string[] = []) =>
    json(embeddings?.encodeRequest(payload(body), { ...target, traits: { refuses } }).data)
  const statusOf = (act: () => unknown) => {
    try {
      return act()
    } catch (error) {
      return GatewayError.is(error) ? [error.status, error.param] : error
    }
  }

  test('T57 a batch is asked for in one call, in its order', () => {
    expect(embeddings?.url('http://h:11434', target)).toBe('http://h:11434/api/embed')
    expect(encode({ model: 'a', input: ['b', ' '], dimensions: 8, encoding_format: null })).toEqual(
      {
        model: 'm:8b',
        input: ['b', ' '],
        dimensions: 8,
      },
    )
    expect(encode({ model: 'a', input: 'b' })).toEqual({ model: 'm:8b', input: ['b'] })
  })

  test.each<[string, object, string]>([
    ['tokens', { input: [1, 2] }, 'input'],
    ['batches of tokens', { input: ['a', [1, 2]] }, 'input'],
    ['nothing', { input: [] }, 'input'],
    ['an unknown encoding', { input: 'a', encoding_format: 'int8' }, 'encoding_format'],
    ['dimensions that are none', { input: 'a', dimensions: 0 }, 'dimensions'],
  ])('T57 %s are refused by field', (_, body, param) => {
    expect(statusOf(() => encode(body))).toEqual([400, param])
  })

  test('T57 dimensions are refused for a model that has one number of them', () => {
    const asked = () => encode({ input: 'a', dimensions: 8 }, ['dimensions'])
    expect(statusOf(asked)).toEqual([400, 'dimensions'])
  })

  const decode = (reply: unknown, asked: object) =>
    embeddings?.decodeReply(payload(reply), { ...edits, asked: payload(asked) })

  test('T57 the answer keeps order and index, as numbers or as base64', () => {
    const vectors = {
      embeddings: [
        [1, -2],
        [0.5, 0],
      ],
      prompt_eval_count: 3,
    }
    const floats = decode(vectors, { input: ['a', 'b'] })
    expect(json(floats?.data)).toEqual({
      object: 'list',
      data: [
        { object: 'embedding', index: 0, embedding: [1, -2] },
        { object: 'embedding', index: 1, embedding: [0.5, 0] },
      ],
      model: 'local/m',
      usage: { prompt_tokens: 3, total_tokens: 3 },
    })
    expect(floats?.usage).toMatchObject({ input_tokens: 3, output_tokens: 0 })
    const packed = decode(vectors, { input: ['a', 'b'], encoding_format: 'base64' })
    expect(json(packed?.data)).toMatchObject({ data: [{ embedding: 'AACAPwAAAMA=' }, {}] })
  })

  test.each([{}, { embeddings: [[1]] }, { embeddings: [[1], []] }, { embeddings: [['x'], [1]] }])(
    'T64 what is not one vector per text is a failure of the provider: %j',
    (reply) => {
      expect(statusOf(() => decode(reply, { input: ['a', 'b'] }))).toEqual([502, undefined])
    },
  )
})

test('no body makes the caller side throw anything but a coded error', () => {
  const names = fc.constantFrom('model', 'messages', 'tools', 'format', 'options', 'think')
  fc.assert(
    fc.property(names, fc.jsonValue(), (name, value) => {
      const body = bytes({ ...conversation, [name]: value })
      for (const read of ['parseRequest', 'decodeRequest'] as const) {
        try {
          ollama[read](body)
        } catch (error) {
          expect(GatewayError.is(error) && error.status).toBe(400)
        }
      }
    }),
  )
})
