import { describe, expect, test } from '@jest/globals'
import { GatewayError } from '@sluice/kernel/errors'
import type { StreamPart } from '@sluice/wire/canonical-reply'
import type { AssistantPart } from '@sluice/wire/canonical-request'
import fc from 'fast-check'
import { countTokensUrl, decodeCountTokens, encodeCountTokens, gemini } from './gemini.ts'

const edits = {
  model: 'cloud/g',
  includeUsage: true,
  requestId: 'r1',
  created: 7,
  maxEventBytes: 10_000,
  request: null,
}
const target = { upstreamModel: 'gemini-3', stream: true, maxTokens: null, traits: {} }
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value))
const json = (body: Buffer | string | undefined) => JSON.parse((body ?? '').toString()) as unknown
const errorOf = (act: () => unknown) => {
  try {
    return act()
  } catch (error) {
    return GatewayError.is(error) ? [error.status, error.param] : error
  }
}
const usage = {
  input_tokens: 9,
  output_tokens: 4,
  cached_input_tokens: 2,
  cache_write_tokens: 0,
  reasoning_tokens: 1,
  estimated: false,
}

const call = {
  model: 'models/gemini-3',
  systemInstruction: { parts: [{ text: 'Be brief.' }] },
  contents: [
    {
      role: 'user',
      parts: [{ text: 'look' }, { inlineData: { mimeType: 'image/png', data: 'AA' } }],
    },
    {
      role: 'model',
      parts: [
        { text: 'hm', thought: true, thoughtSignature: 's0' },
        { text: 'ok' },
        { functionCall: { name: 'f', args: { a: [] } }, thoughtSignature: 's1' },
        { functionCall: { name: 'f', args: {} } },
      ],
    },
    {
      role: 'user',
      parts: [
        { functionResponse: { name: 'f', response: { output: 'one' } } },
        { functionResponse: { name: 'f', response: { error: 'two' } } },
        { text: 'and?' },
      ],
    },
  ],
  tools: [
    {
      functionDeclarations: [
        {
          name: 'f',
          description: 'd',
          parameters: {
            type: 'OBJECT',
            properties: { a: { type: 'ARRAY', items: { type: 'STRING' } } },
          },
        },
      ],
    },
    { googleSearch: {} },
  ],
  toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } },
  generationConfig: {
    temperature: 0.5,
    topK: 3,
    maxOutputTokens: 50,
    stopSequences: ['END'],
    responseMimeType: 'application/json',
    responseJsonSchema: { type: 'object' },
    thinkingConfig: { thinkingBudget: 512, includeThoughts: true },
    mediaResolution: 'LOW',
  },
  safetySettings: [],
  cachedContent: 'c1',
}

// Its newest models take a schema beside tools.
const withBoth = { ...target, traits: { structuredOutput: 'native' as const } }

describe('a Gemini caller', () => {
  test('T14 T23 T25 T62 is understood as it was written: what is decoded and encoded again says the same', () => {
    const once = gemini.decodeRequest(bytes(call))
    const sent = json(gemini.encodeRequest(once, withBoth).body) as object
    const { model, ...rest } = call
    const [declared] = call.tools
    const lowered = {
      ...declared?.functionDeclarations?.[0],
      parameters: {
        type: 'object',
        properties: { a: { type: 'array', items: { type: 'string' } } },
      },
    }
    expect(sent).toEqual({
      ...rest,
      tools: [{ functionDeclarations: [lowered] }, { googleSearch: {} }],
    })
    expect(gemini.decodeRequest(bytes({ model, ...sent }))).toEqual(once)
  })

  test('each result belongs to the oldest call of its name that has none', () => {
    const { messages } = gemini.decodeRequest(bytes(call))
    const ids = messages.flatMap((message) =>
      message.role === 'assistant'
        ? message.content.flatMap((part) => (part.type === 'tool-call' ? [part.id] : []))
        : [],
    )
    expect(new Set(ids).size).toBe(2)
    expect(messages[3]).toMatchObject({
      role: 'tool',
      results: [
        { callId: ids[0], isError: false },
        { callId: ids[1], isError: true },
      ],
    })
  })

  test('names may be written in snake case, contents as a mere text', () => {
    const body = {
      model: 'm',
      contents: 'hi',
      system_instruction: { parts: { text: 'x' } },
      generation_config: { max_output_tokens: 5, thinking_config: { thinking_level: 'LOW' } },
    }
    expect(gemini.decodeRequest(bytes(body))).toMatchObject({
      messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
      maxTokens: 5,
      reasoning: { effort: 'low' },
      extra: {},
    })
  })

  test('says what it needs', () => {
    expect(gemini.parseRequest(bytes({ ...call, stream: true }))).toEqual({
      model: 'gemini-3',
      stream: true,
      includeUsage: true,
      maxTokens: 50,
      user: null,
      group: null,
      needs: ['tools', 'images', 'json_schema', 'reasoning'],
    })
  })

  test.each<[object, string]>([
    [{ contents: [] }, 'model'],
    [{ model: 'm' }, 'contents'],
    [{ model: 'm', contents: [{ parts: 'x' }] }, 'contents[0].parts'],
  ])('the body %j is refused by field', (body, param) => {
    expect(errorOf(() => gemini.parseRequest(bytes(body)))).toEqual([400, param])
  })

  const answer: readonly AssistantPart[] = [
    { type: 'reasoning', text: 'hm' },
    { type: 'text', text: 'Hello' },
    { type: 'reasoning', text: '', signature: 's0', origin: 'gemini' },
    { type: 'tool-call', id: 'c1', name: 'f', arguments: '{"a":1}', signature: 's1' },
    { type: 'tool-call', id: 'c2', name: 'g', arguments: '{}' },
  ]
  const finish = { reason: 'tool_calls' as const, raw: 'STOP' }

  test('T23 T25 gets the answer whole, thoughts and signatures in their places', () => {
    const reply = gemini.encodeReply({ content: answer, finish, usage }, edits)
    expect(gemini.decodeReply(reply, edits)).toEqual({ content: answer, finish, usage })
    expect(json(reply)).toMatchObject({
      modelVersion: 'cloud/g',
      responseId: 'r1',
      usageMetadata: {
        promptTokenCount: 9,
        cachedContentTokenCount: 2,
        candidatesTokenCount: 3,
        thoughtsTokenCount: 1,
        totalTokenCount: 13,
      },
    })
  })

  test('T01 gets calls whole on a stream, however their pieces interleave; the last event has reason and usage', () => {
    const parts: StreamPart[] = [
      { type: 'text', text: 'Hello' },
      { type: 'tool-call', index: 0, id: 'c1', name: 'f', signature: 's1' },
      { type: 'tool-call', index: 1, id: 'c2', name: 'g' },
      { type: 'tool-arguments', index: 0, text: '{"a"' },
      { type: 'tool-arguments', index: 1, text: '{}' },
      { type: 'tool-arguments', index: 0, text: ':1}' },
    ]
    const encoder = gemini.createPartEncoder(edits)
    const payloads = [...encoder.encode(parts), ...encoder.end(finish, usage)]
    const decoder = gemini.createPartDecoder(edits)
    const streamed = decoder.push(Buffer.from(payloads.map((data) => `data: ${data}\n\n`).join('')))
    expect(streamed).toEqual([
      parts[0],
      parts[1],
      { type: 'tool-arguments', index: 0, text: '{"a":1}' },
      parts[2],
      { type: 'tool-arguments', index: 1, text: '{}' },
    ])
    expect(decoder.end()).toEqual({ ok: true, parts: [], finish, usage })
  })

  test('T09 is not given a call whose arguments were cut', () => {
    const cut = { type: 'tool-call' as const, id: 'c1', name: 'f', arguments: '{"a":' }
    const reply = gemini.encodeReply(
      { content: [cut], finish: { reason: 'length' }, usage: null },
      edits,
    )
    expect(json(reply)).toMatchObject({
      candidates: [{ content: { parts: [] }, finishReason: 'MAX_TOKENS' }],
    })
  })
})

describe('a plain reply', () => {
  const reply = (candidate: object, more: object = {}) =>
    bytes({ candidates: [candidate], ...more })

  test.each<[object, object]>([
    [
      {
        promptTokenCount: 10,
        candidatesTokenCount: 5,
        thoughtsTokenCount: 20,
        toolUsePromptTokenCount: 3,
        cachedContentTokenCount: 4,
        totalTokenCount: 38,
      },
      { input_tokens: 13, cached_input_tokens: 4, output_tokens: 25, reasoning_tokens: 20 },
    ],
    [
      { promptTokenCount: 10, totalTokenCount: 30, thoughtsTokenCount: 20 },
      { input_tokens: 10, output_tokens: 20, reasoning_tokens: 20 },
    ],
    [
      { promptTokenCount: 10, candidatesTokenCount: 0, thoughtsTokenCount: 7 },
      { output_tokens: 7, reasoning_tokens: 7 },
    ],
    [{ promptTokenCount: 10, responseTokenCount: 5 }, { output_tokens: 5 }],
  ])('T51 counts thoughts and what tools read: %j', (usageMetadata, expected) => {
    const body = reply(
      { content: { parts: [{ text: 'x' }] }, finishReason: 'STOP' },
      { usageMetadata },
    )
    expect(gemini.decodeReply(body, edits).usage).toMatchObject(expected)
  })

  test.each<[object]>([
    [{}],
    [{ promptTokenCount: 3 }],
    [{ candidatesTokenCount: 3 }],
    [{ promptTokenCount: -1, totalTokenCount: 2 }],
  ])('T55 counts that are missing or absurd are unknown, not zero: %j', (usageMetadata) => {
    const body = reply(
      { content: { parts: [{ text: 'x' }] }, finishReason: 'STOP' },
      { usageMetadata },
    )
    expect(gemini.decodeReply(body, edits).usage).toBeNull()
  })

  test('T07 a blocked prompt is a filtered answer, a botched call an error', () => {
    expect(
      gemini.decodeReply(bytes({ promptFeedback: { blockReason: 'SAFETY' } }), edits),
    ).toMatchObject({
      content: [],
      finish: { reason: 'content_filter' },
    })
    const botched = reply({ finishReason: 'MALFORMED_FUNCTION_CALL', finishMessage: 'bad call' })
    expect(errorOf(() => gemini.decodeReply(botched, edits))).toEqual([502, undefined])
  })

  test.each([
    '',
    '{}',
    '<html>',
    '[]',
    '{"candidates":[]}',
    '{"error":{"code":500,"message":"x"}}',
  ])('T64 what is no answer is a failure of the provider: %s', (body) => {
    expect(errorOf(() => gemini.decodeReply(Buffer.from(body), edits))).toEqual([502, undefined])
  })
})

describe('Gemini on both sides', () => {
  test('the request passes without what stands in the address', () => {
    const body = Buffer.from('{"model":"g", "contents":[ 1.0 ],"stream":true,"labels":{"a":1e3}}')
    expect(gemini.passRequest(body, target).body.toString()).toBe(
      '{"contents":[ 1.0 ],"labels":{"a":1e3}}',
    )
  })

  test('the cap and what the model refuses are edited in the configuration', () => {
    const body = bytes({
      contents: [],
      generation_config: { top_k: 1, max_output_tokens: 500, seed: 2 },
    })
    const passed = gemini.passRequest(body, {
      ...target,
      maxTokens: 100,
      traits: { refuses: ['top_k'] },
    })
    expect(json(passed.body)).toEqual({
      contents: [],
      generationConfig: { seed: 2, maxOutputTokens: 100 },
    })
    expect(passed.adapted).toEqual(['top_k', 'max_tokens'])
  })

  test('the reply and the stream pass with the model name; events from the finish reason on are held back', () => {
    const event = (text: string, more: object = {}) => ({
      candidates: [{ content: { parts: [{ text }] }, ...more }],
      modelVersion: 'gemini-3',
      other: [1],
    })
    const body = bytes(event('Hello', { finishReason: 'STOP' }))
    expect(json(gemini.passReply(body, edits).data)).toMatchObject({
      modelVersion: 'cloud/g',
      other: [1],
    })
    const decoder = gemini.createPassThrough(edits)
    const stream = [
      event('Hel'),
      event('lo', { finishReason: 'STOP' }),
      { usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2 } },
    ]
    const published = decoder.push(
      Buffer.from(stream.map((each) => `data: ${JSON.stringify(each)}\n\n`).join('')),
    )
    expect(published.map(json)).toMatchObject([{ modelVersion: 'cloud/g', other: [1] }])
    expect(decoder.outputCharacters).toBe(5)
    expect(decoder.end()).toMatchObject({
      ok: true,
      events: [expect.stringContaining('"lo"'), expect.stringContaining('promptTokenCount')],
      finishReason: 'stop',
      usage: { input_tokens: 1, output_tokens: 2 },
    })
  })
})

describe('embeddings', () => {
  const { embeddings } = gemini.operations
  const payload = (value: unknown) => ({ data: bytes(value), contentType: 'application/json' })
  const encode = (body: unknown, refuses: string[] = []) =>
    json(embeddings?.encodeRequest(payload(body), { ...target, traits: { refuses } }).data)

  test('T57 a batch is one call, with a request per text, in order', () => {
    expect(embeddings?.url('https://h', target)).toBe(
      'https://h/v1beta/models/gemini-3:batchEmbedContents',
    )
    expect(encode({ input: ['a', ' '], dimensions: 8 })).toEqual({
      requests: ['a', ' '].map((text) => ({
        model: 'models/gemini-3',
        content: { parts: [{ text }] },
        outputDimensionality: 8,
      })),
    })
  })

  test('T57 tokens, and dimensions that the model does not have, are refused by field', () => {
    expect(errorOf(() => encode({ input: [[1, 2]] }))).toEqual([400, 'input'])
    expect(errorOf(() => encode({ input: 'a', dimensions: 8 }, ['dimensions']))).toEqual([
      400,
      'dimensions',
    ])
  })

  test('T57 the answer keeps order and index, as numbers or as base64', () => {
    const reply = { embeddings: [{ values: [1, -2] }, { values: [0.5, 0] }] }
    const decode = (asked: object) =>
      json(embeddings?.decodeReply(payload(reply), { ...edits, asked: payload(asked) }).data)
    expect(decode({ input: ['a', 'b'] })).toMatchObject({
      object: 'list',
      model: 'cloud/g',
      data: [
        { index: 0, embedding: [1, -2] },
        { index: 1, embedding: [0.5, 0] },
      ],
    })
    expect(decode({ input: ['a', 'b'], encoding_format: 'base64' })).toMatchObject({
      data: [{ embedding: 'AACAPwAAAMA=' }, {}],
    })
    expect(errorOf(() => decode({ input: ['a'] }))).toEqual([502, undefined])
  })
})

describe('countTokens', () => {
  test('counts the call as it would be sent', () => {
    const request = gemini.decodeRequest(bytes(call))
    expect(countTokensUrl('https://h', target)).toBe('https://h/v1beta/models/gemini-3:countTokens')
    expect(json(encodeCountTokens(request, target))).toMatchObject({
      generateContentRequest: { model: 'models/gemini-3', systemInstruction: {}, tools: [{}, {}] },
    })
    expect(Object.keys(json(encodeCountTokens(request, target, true)) as object)).toEqual([
      'contents',
      'systemInstruction',
      'tools',
    ])
    expect(decodeCountTokens(bytes({ totalTokens: 31 }))).toBe(31)
    expect(errorOf(() => decodeCountTokens(bytes({})))).toEqual([502, undefined])
  })
})

test('no body makes the caller side throw anything but a coded error', () => {
  const names = fc.constantFrom(
    'model',
    'contents',
    'tools',
    'toolConfig',
    'generationConfig',
    'systemInstruction',
  )
  fc.assert(
    fc.property(names, fc.jsonValue(), (name, value) => {
      for (const body of [
        { ...call, [name]: value },
        { ...call, contents: [{ role: 'user', parts: [value, { [name]: value }] }] },
      ]) {
        for (const read of ['parseRequest', 'decodeRequest'] as const) {
          try {
            gemini[read](bytes(body))
          } catch (error) {
            expect(GatewayError.is(error) && error.status).toBe(400)
          }
        }
      }
    }),
  )
})
