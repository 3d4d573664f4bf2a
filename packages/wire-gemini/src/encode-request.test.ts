import { describe, expect, test } from '@jest/globals'
import { GatewayError } from '@sluice/kernel/errors'
import { conversionBetween } from '@sluice/wire/translate'
import { openAiChat } from '@sluice/wire-openai-chat'
import fc from 'fast-check'
import { gemini } from './gemini.ts'

const target = { upstreamModel: 'gemini-3', stream: true, maxTokens: null, traits: {} }
const conversion = conversionBetween(openAiChat, gemini)
const user = { role: 'user', content: 'hi' }
const encode = (fields: object, more: object = {}) => {
  const body = Buffer.from(JSON.stringify({ model: 'g', messages: [user], ...fields }))
  const { body: sent, adapted, hints } = conversion.encodeRequest(body, { ...target, ...more })
  return { request: JSON.parse(sent.toString()) as Record<string, unknown>, adapted, hints }
}
const refusal = (fields: object) => {
  try {
    encode(fields)
  } catch (error) {
    if (GatewayError.is(error)) return [error.status, error.param]
    throw error
  }
  throw new Error('the request was accepted')
}
const contentsOf = (...messages: object[]) => encode({ messages }).request['contents']
const call = (id: string, name: string, args: string, signature?: string) => ({
  id,
  type: 'function',
  function: { name, arguments: args },
  ...(signature === undefined
    ? {}
    : { extra_content: { google: { thought_signature: signature } } }),
})

test.each<[string, string]>([
  ['https://generativelanguage.googleapis.com', '/v1beta/models/gemini-3:'],
  ['https://generativelanguage.googleapis.com/', '/v1beta/models/gemini-3:'],
  ['https://generativelanguage.googleapis.com/v1', '/v1/models/gemini-3:'],
  ['https://generativelanguage.googleapis.com/v1beta/', '/v1beta/models/gemini-3:'],
])('the base URL %s may have a version or not', (base, path) => {
  const url = `https://generativelanguage.googleapis.com${path}`
  expect(gemini.chatUrl(base, target)).toBe(`${url}streamGenerateContent?alt=sse`)
  expect(gemini.chatUrl(base, { ...target, stream: false })).toBe(`${url}generateContent`)
})

test('T61 a model name cannot lead to another path', () => {
  const at = (upstreamModel: string) =>
    gemini.chatUrl('https://h', { ...target, upstreamModel, stream: false })
  expect(at('../../v1/secrets?x=')).toBe(
    'https://h/v1beta/models/..%2F..%2Fv1%2Fsecrets%3Fx%3D:generateContent',
  )
  expect(at('models/gemini-3')).toBe('https://h/v1beta/models/gemini-3:generateContent')
  expect(at('tunedModels/mine')).toBe('https://h/v1beta/tunedModels/mine:generateContent')
})

describe("9.2 a chat call in Gemini's words", () => {
  test('parameters go into the configuration, the model into the address', () => {
    const { request, adapted } = encode({
      temperature: 0.5,
      top_p: 0.9,
      stop: 'END',
      seed: 7,
      n: 1,
      presence_penalty: 1,
      frequency_penalty: 2,
      max_completion_tokens: 50,
      stream: true,
    })
    expect(request).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
      generationConfig: {
        temperature: 0.5,
        topP: 0.9,
        stopSequences: ['END'],
        seed: 7,
        presencePenalty: 1,
        frequencyPenalty: 2,
        maxOutputTokens: 50,
      },
    })
    expect(adapted).toEqual([])
  })

  test('T37 what cannot be said is left out and reported', () => {
    const { request, adapted } = encode({
      logit_bias: { 1: 1 },
      user: 'u',
      store: true,
      metadata: { a: 'b' },
      logprobs: true,
      parallel_tool_calls: false,
      vendor_field: 1,
    })
    expect(Object.keys(request)).toEqual(['contents'])
    expect(adapted.toSorted()).toEqual([
      'logit_bias',
      'logprobs',
      'metadata',
      'parallel_tool_calls',
      'store',
      'user',
      'vendor_field',
    ])
  })

  test('what the model refuses is left out by its data, and the cap lowers the limit', () => {
    const { request, adapted } = encode(
      { temperature: 1, max_tokens: 500 },
      { traits: { refuses: ['temperature'] }, maxTokens: 100 },
    )
    expect(request['generationConfig']).toEqual({ maxOutputTokens: 100 })
    expect(adapted).toEqual(['temperature', 'max_tokens'])
  })

  test("T62 native members are passed untouched, also where Google's own OpenAI shape has them", () => {
    const native = {
      cachedContent: 'cachedContents/c1',
      safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
      labels: { team: 'a' },
    }
    const { request, adapted } = encode({
      ...native,
      generationConfig: { mediaResolution: 'LOW' },
      temperature: 0,
    })
    expect(request).toMatchObject({
      ...native,
      generationConfig: { mediaResolution: 'LOW', temperature: 0 },
    })
    expect(adapted).toEqual([])
    const google = {
      cached_content: 'c',
      thinking_config: { thinking_level: 'low', include_thoughts: true },
    }
    expect(encode({ extra_body: { google } }).request).toMatchObject({
      cachedContent: 'c',
      generationConfig: { thinkingConfig: { thinkingLevel: 'low', includeThoughts: true } },
    })
  })

  test('T36 T35 system is one text in front, neighbours of one role are one turn', () => {
    const text = (value: string) => ({ type: 'text', text: value })
    const { request } = encode({
      messages: [
        { role: 'system', content: [text('a'), text('b')] },
        user,
        { role: 'developer', content: 'c' },
        { role: 'user', content: [text('there')] },
      ],
    })
    expect(request).toEqual({
      systemInstruction: { parts: [{ text: 'a\n\nb\n\nc' }] },
      contents: [{ role: 'user', parts: [{ text: 'hi' }, { text: 'there' }] }],
    })
  })

  test("T39 media are inlined from data URLs; an address is Google's to fetch", () => {
    const image = (url: string) => ({ type: 'image_url', image_url: { url, detail: 'low' } })
    const content = [
      image('data:image/png;base64,AAEC'),
      image('https://example.com/a.webp?x=1'),
      { type: 'input_audio', input_audio: { data: 'AA==', format: 'wav' } },
      { type: 'file', file: { file_data: 'data:application/pdf;base64,BB==' } },
    ]
    expect(contentsOf({ role: 'user', content })).toEqual([
      {
        role: 'user',
        parts: [
          { inlineData: { mimeType: 'image/png', data: 'AAEC' } },
          { fileData: { fileUri: 'https://example.com/a.webp?x=1', mimeType: 'image/webp' } },
          { inlineData: { mimeType: 'audio/wav', data: 'AA==' } },
          { inlineData: { mimeType: 'application/pdf', data: 'BB==' } },
        ],
      },
    ])
    const foreign = { type: 'file', file: { file_id: 'file-abc' } }
    expect(refusal({ messages: [{ role: 'user', content: [foreign] }] })[0]).toBe(400)
  })

  test('response formats; the schema of an answer is not rewritten', () => {
    const config = (format: object) =>
      encode({ response_format: format }).request['generationConfig']
    expect(config({ type: 'json_object' })).toEqual({ responseMimeType: 'application/json' })
    const schema = { $ref: '#/$defs/A', $defs: { A: { type: 'object' } }, required: [] }
    expect(config({ type: 'json_schema', json_schema: { name: 's', schema } })).toEqual({
      responseMimeType: 'application/json',
      responseJsonSchema: schema,
    })
  })

  test.each<[string, object, object]>([
    ['none', {}, { thinkingBudget: 0 }],
    ['low', {}, { thinkingBudget: 2_048 }],
    ['max', {}, { thinkingBudget: 24_576 }],
    ['minimal', { thinking: 'adaptive' }, { thinkingLevel: 'LOW' }],
    ['medium', { thinking: 'adaptive' }, { thinkingLevel: 'MEDIUM' }],
    ['xhigh', { thinking: 'adaptive' }, { thinkingLevel: 'HIGH' }],
  ])('T27 effort %s by the one table, as %j takes it', (effort, traits, expected) => {
    const { request } = encode({ reasoning_effort: effort }, { traits })
    expect(request['generationConfig']).toEqual({ thinkingConfig: expected })
  })
})

describe('tools', () => {
  const parameters = {
    type: 'object',
    properties: { city: { $ref: '#/$defs/C' } },
    required: [],
    $defs: { C: { type: 'string' } },
  }
  const tools = [{ type: 'function', function: { name: 'weather', description: 'd', parameters } }]

  test('T19 T20 are declared with a clean schema', () => {
    expect(encode({ tools }).request['tools']).toEqual([
      {
        functionDeclarations: [
          {
            name: 'weather',
            description: 'd',
            parameters: { type: 'object', properties: { city: { type: 'string' } }, required: [] },
          },
        ],
      },
    ])
  })

  test.each<[unknown, object]>([
    ['auto', { mode: 'AUTO' }],
    ['none', { mode: 'NONE' }],
    ['required', { mode: 'ANY' }],
    [
      { type: 'function', function: { name: 'weather' } },
      { mode: 'ANY', allowedFunctionNames: ['weather'] },
    ],
  ])('T16 tool_choice %j', (choice, expected) => {
    expect(encode({ tools, tool_choice: choice }).request['toolConfig']).toEqual({
      functionCallingConfig: expected,
    })
  })

  test('T21 beside tools, a schema is one more of them, unless the model has both; its call is the answer', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } } }
    const format = { type: 'json_schema', json_schema: { name: 's', schema } }
    const { request, hints, adapted } = encode({ tools, response_format: format })
    expect(request).toMatchObject({
      tools: [
        {
          functionDeclarations: [{ name: 'weather' }, { name: 'json_answer', parameters: schema }],
        },
      ],
      toolConfig: { functionCallingConfig: { mode: 'ANY' } },
    })
    expect([request['generationConfig'], hints?.schemaTool, adapted]).toEqual([
      undefined,
      'json_answer',
      ['response_format'],
    ])
    const native = encode(
      { tools, response_format: format },
      { traits: { structuredOutput: 'native' } },
    )
    expect(native.request['generationConfig']).toMatchObject({ responseJsonSchema: schema })
    expect([native.hints, native.adapted]).toEqual([undefined, []])
  })

  test('T12 names are made safe, with a map back; T22 tools of another vendor are reported', () => {
    const named = { type: 'function', function: { name: 'files.read/all', parameters } }
    const { request, hints, adapted } = encode({ tools: [named, { type: 'web_search' }] })
    expect(request['tools']).toMatchObject([{ functionDeclarations: [{ name: 'files_read_all' }] }])
    expect(hints?.toolNames?.get('files_read_all')).toBe('files.read/all')
    expect(adapted).toEqual(['tools'])
  })

  test("T14 all results of a turn stand together, in the order of the calls, before the user's text; an orphan gets an error", () => {
    const contents = contentsOf(
      user,
      {
        role: 'assistant',
        content: null,
        tool_calls: [call('1', 'f', '{"a":[]}', 's'), call('2', 'g', ''), call('3', 'h', '{}')],
      },
      { role: 'tool', tool_call_id: '2', content: 'two' },
      user,
      { role: 'tool', tool_call_id: '1', content: '{"$ref":"#/x","list":[]}' },
    )
    expect(contents).toEqual([
      { role: 'user', parts: [{ text: 'hi' }] },
      {
        role: 'model',
        parts: [
          { functionCall: { name: 'f', args: { a: [] } }, thoughtSignature: 's' },
          { functionCall: { name: 'g', args: {} } },
          { functionCall: { name: 'h', args: {} } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { name: 'f', response: { output: '{"$ref":"#/x","list":[]}' } } },
          { functionResponse: { name: 'g', response: { output: 'two' } } },
          {
            functionResponse: {
              name: 'h',
              response: { error: 'There is no result of this call.' },
            },
          },
          { text: 'hi' },
        ],
      },
    ])
  })

  test('T18 what a tool found that is no text follows its result', () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }
    const contents = contentsOf(
      user,
      { role: 'assistant', tool_calls: [call('1', 'f', '{}', 's')] },
      { role: 'tool', tool_call_id: '1', content: [{ type: 'text', text: 'seen' }, image] },
    )
    expect((contents as object[])[2]).toEqual({
      role: 'user',
      parts: [
        { functionResponse: { name: 'f', response: { output: 'seen' } } },
        { inlineData: { mimeType: 'image/png', data: 'AA' } },
      ],
    })
  })

  test('T25 a signature the client gave back is restored; where it dropped it, the documented placeholder stands on the first call of the turn', () => {
    const turn = (...calls: object[]) => {
      const contents = contentsOf(user, { role: 'assistant', tool_calls: calls }) as {
        parts: { thoughtSignature?: string }[]
      }[]
      return contents[1]?.parts.map(({ thoughtSignature }) => thoughtSignature)
    }
    expect(turn(call('1', 'f', '{}', 'sig'), call('2', 'g', '{}'))).toEqual(['sig', undefined])
    expect(turn(call('1', 'f', '{}'), call('2', 'g', '{}'))).toEqual([
      'skip_thought_signature_validator',
      undefined,
    ])
    const messages = [user, { role: 'assistant', tool_calls: [call('1', 'f', '{}')] }]
    const { request } = encode({ messages }, { traits: { replaysReasoning: false } })
    expect(JSON.stringify(request)).not.toContain('thoughtSignature')
  })

  test('arguments that are no object become {} and are reported', () => {
    const messages = [user, { role: 'assistant', tool_calls: [call('1', 'f', '{"a":', 's')] }]
    expect(encode({ messages }).adapted).toEqual(['messages.tool_calls.arguments'])
  })
})

test('never throws anything but a coded error, whatever the body', () => {
  const names = fc.constantFrom(
    'messages',
    'tools',
    'tool_choice',
    'response_format',
    'stop',
    'generationConfig',
    'extra_body',
    'toolConfig',
  )
  fc.assert(
    fc.property(names, fc.jsonValue(), (name, value) => {
      try {
        encode({ [name]: value })
      } catch (error) {
        expect(GatewayError.is(error) && error.status).toBe(400)
      }
    }),
  )
})
