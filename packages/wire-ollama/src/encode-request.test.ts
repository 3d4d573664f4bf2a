import { describe, expect, test } from '@jest/globals'
import { GatewayError } from '@sluice/kernel/errors'
import fc from 'fast-check'
import { conversionBetween } from '@sluice/wire/translate'
import { openAiChat } from '@sluice/wire-openai-chat'
import { ollama } from './ollama.ts'

const conversion = conversionBetween(openAiChat, ollama)

const user = { role: 'user', content: 'hi' }
const encode = (fields: object, maxTokens: number | null = null) => {
  const body = Buffer.from(JSON.stringify({ model: 'local/m', messages: [user], ...fields }))
  const edits = { upstreamModel: 'm:8b', stream: true, maxTokens, traits: {} }
  const encoded = conversion.encodeRequest(body, edits)
  return {
    request: JSON.parse(encoded.body.toString()) as Record<string, unknown>,
    adapted: encoded.adapted,
  }
}
const refusal = (fields: object) => {
  try {
    encode(fields)
  } catch (error) {
    if (GatewayError.is(error)) return { status: error.status, param: error.param }
    throw error
  }
  throw new Error('the request was accepted')
}
const messagesOf = (...messages: object[]) => encode({ messages }).request['messages']

test.each(['http://h:11434', 'http://h:11434/', 'http://h:11434/api', 'http://h:11434/api/'])(
  'the base URL %s may end in /api or not',
  (baseUrl) => {
    expect(
      ollama.chatUrl(baseUrl, { upstreamModel: 'm', stream: true, maxTokens: null, traits: {} }),
    ).toBe('http://h:11434/api/chat')
  },
)

describe('encodeRequest', () => {
  test('puts sampling parameters into options, under their names there', () => {
    const { request, adapted } = encode({
      temperature: 0.5,
      top_p: 0.9,
      seed: 7,
      stop: 'END',
      max_tokens: 50,
      presence_penalty: 1,
      frequency_penalty: null,
      stream_options: { include_usage: true },
      n: 1,
      user: 'u',
    })
    expect(request).toEqual({
      model: 'm:8b',
      messages: [user],
      stream: true,
      options: {
        temperature: 0.5,
        top_p: 0.9,
        seed: 7,
        presence_penalty: 1,
        stop: ['END'],
        num_predict: 50,
      },
    })
    expect(adapted).toEqual([])
  })

  test('leaves out what Ollama does not know, and says so', () => {
    const { request, adapted } = encode({
      logit_bias: { 1: 1 },
      parallel_tool_calls: false,
      vendor_field: 1,
      service_tier: null,
    })
    expect(Object.keys(request)).toEqual(['model', 'messages', 'stream'])
    expect(adapted).toEqual(['logit_bias', 'parallel_tool_calls', 'vendor_field'])
  })

  test('caps the length of the answer', () => {
    expect(encode({}, 100)).toMatchObject({
      request: { options: { num_predict: 100 } },
      adapted: ['max_tokens'],
    })
    expect(encode({ max_completion_tokens: 500 }, 100)).toMatchObject({
      request: { options: { num_predict: 100 } },
      adapted: ['max_tokens'],
    })
    expect(encode({ max_tokens: 50 }, 100)).toMatchObject({
      request: { options: { num_predict: 50 } },
      adapted: [],
    })
  })

  test('T36 flattens content arrays, and takes developer for system', () => {
    const text = (value: string) => ({ type: 'text', text: value })
    expect(
      messagesOf(
        { role: 'system', content: [text('a'), text('b')] },
        { role: 'developer', content: 'c' },
        user,
      ),
    ).toEqual([{ role: 'system', content: 'a\nb' }, { role: 'system', content: 'c' }, user])
  })

  test('T39 takes images as base64, and refuses those it would have to fetch', () => {
    const image = (url: string) => ({
      role: 'user',
      content: [
        { type: 'text', text: 'look' },
        { type: 'image_url', image_url: { url } },
      ],
    })
    expect(messagesOf(image('data:image/png;base64,AAEC'))).toEqual([
      { role: 'user', content: 'look', images: ['AAEC'] },
    ])
    expect(refusal({ messages: [image('https://example.com/a.png')] })).toEqual({
      status: 400,
      param: 'messages[0].content[1]',
    })
    const audio = { type: 'input_audio', input_audio: { data: '', format: 'wav' } }
    expect(refusal({ messages: [{ role: 'user', content: [audio] }] }).param).toBe(
      'messages[0].content[0]',
    )
  })

  test('T13 gives arguments as objects, and results by the name of their tool', () => {
    const call = (id: string, name: string, args: string) => ({
      id,
      type: 'function',
      function: { name, arguments: args },
    })
    const messages = [
      {
        role: 'assistant',
        content: null,
        tool_calls: [call('c1', 'f', '{"a":[]}'), call('c2', 'g', '')],
      },
      { role: 'tool', tool_call_id: 'c2', content: 'two' },
      { role: 'tool', tool_call_id: 'c1', content: [{ type: 'text', text: 'one' }] },
    ]
    expect(messagesOf(...messages)).toEqual([
      {
        role: 'assistant',
        content: '',
        tool_calls: [
          { id: 'c1', function: { name: 'f', arguments: { a: [] } } },
          { id: 'c2', function: { name: 'g', arguments: {} } },
        ],
      },
      { role: 'tool', content: 'two', tool_name: 'g', tool_call_id: 'c2' },
      { role: 'tool', content: 'one', tool_name: 'f', tool_call_id: 'c1' },
    ])
    const broken = { role: 'assistant', tool_calls: [call('c1', 'f', '{"a":')] }
    expect(encode({ messages: [broken] }).adapted).toEqual(['messages.tool_calls.arguments'])
  })

  test('T16 tools: nested and flat, none sends none, a name sends that one, and what cannot be said is reported', () => {
    const parameters = { type: 'object', required: [] }
    const nested = { type: 'function', function: { name: 'f', description: 'd', parameters } }
    const flat = { type: 'function', name: 'g', parameters }
    const sent = [nested, { type: 'function', function: { name: 'g', parameters } }]
    const tools = [nested, flat]
    expect(encode({ tools }).request['tools']).toEqual(sent)
    expect(encode({ tools, tool_choice: 'none' }).request['tools']).toBeUndefined()
    const named = encode({ tools, tool_choice: { type: 'function', function: { name: 'g' } } })
    expect(named).toMatchObject({ request: { tools: [sent[1]] }, adapted: ['tool_choice'] })
    expect(encode({ tools, tool_choice: 'required' }).adapted).toEqual(['tool_choice'])
    expect(encode({ tools: [{ type: 'web_search' }] })).toMatchObject({ adapted: ['tools'] })
  })

  test('response formats, and T40 the members of Ollama itself', () => {
    expect(encode({ response_format: { type: 'json_object' } }).request['format']).toBe('json')
    const schema = { type: 'object' }
    const format = { type: 'json_schema', json_schema: { name: 's', schema } }
    expect(encode({ response_format: format }).request['format']).toEqual(schema)
    expect(
      encode({ think: true, keep_alive: '5m', num_ctx: 8192, options: { mirostat: 1 } }),
    ).toMatchObject({
      request: { think: true, keep_alive: '5m', options: { num_ctx: 8192, mirostat: 1 } },
      adapted: [],
    })
  })

  test('T37 several choices are refused', () => {
    expect(refusal({ n: 2 })).toEqual({ status: 400, param: 'n' })
  })

  test('never throws anything but a coded error, whatever the body', () => {
    const names = fc.constantFrom(
      'messages',
      'tools',
      'tool_choice',
      'response_format',
      'stop',
      'n',
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
})
