import { describe, expect, test } from '@jest/globals'
import { GatewayError } from '@sluice/kernel/errors'
import type { CanonicalRequest, ContentPart, Message } from '@sluice/wire/canonical-request'
import { conversionBetween } from '@sluice/wire/translate'
import { openAiChat } from '@sluice/wire-openai-chat'
import fc from 'fast-check'
import { bedrockConverse } from './bedrock.ts'

const target = { upstreamModel: 'm', stream: true, maxTokens: null, traits: {} }
const conversion = conversionBetween(openAiChat, bedrockConverse)
const user = { role: 'user', content: 'hi' }
const encode = (fields: object, more: object = {}) => {
  const body = Buffer.from(JSON.stringify({ model: 'g', messages: [user], ...fields }))
  const { body: sent, adapted, hints } = conversion.encodeRequest(body, { ...target, ...more })
  return { request: JSON.parse(sent.toString()) as Record<string, unknown>, adapted, hints }
}
/** What other dialects can say and chat cannot. */
const encodeMessages = (...messages: Message[]) => {
  const base: CanonicalRequest = openAiChat.decodeRequest(
    Buffer.from('{"model":"g","messages":[]}'),
  )
  const { body } = bedrockConverse.encodeRequest({ ...base, messages }, target)
  return JSON.parse(body.toString()) as { system?: object[]; messages: { content: object[] }[] }
}
const call = (id: string, name: string, args: string) => ({
  id,
  type: 'function',
  function: { name, arguments: args },
})
const parameters = { type: 'object', properties: {}, required: [] }
const tools = [{ type: 'function', function: { name: 'f', description: 'd', parameters } }]
const toolSpec = { name: 'f', description: 'd', inputSchema: { json: parameters } }

describe('a chat call in the words of Converse', () => {
  test('parameters, system and text', () => {
    const { request, adapted } = encode({
      messages: [{ role: 'system', content: 'Be brief.' }, user],
      temperature: 0.5,
      top_p: 0.9,
      stop: 'END',
      max_tokens: 50,
    })
    expect(request).toEqual({
      system: [{ text: 'Be brief.' }],
      messages: [{ role: 'user', content: [{ text: 'hi' }] }],
      inferenceConfig: { maxTokens: 50, temperature: 0.5, topP: 0.9, stopSequences: ['END'] },
    })
    expect(adapted).toEqual([])
  })

  test('T37 what cannot be said is left out and reported; native members are passed on', () => {
    const guardrailConfig = { guardrailIdentifier: 'g', guardrailVersion: '1' }
    const { request, adapted } = encode({
      seed: 1,
      user: 'u',
      logit_bias: {},
      guardrailConfig,
      additionalModelRequestFields: { a: 1 },
    })
    expect(adapted.toSorted()).toEqual(['logit_bias', 'seed', 'user'])
    expect(request).toMatchObject({ guardrailConfig, additionalModelRequestFields: { a: 1 } })
  })

  test('T14 T18 T35 results stand first in the next turn, with their pictures and errors', () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }
    const { request } = encode({
      tools,
      messages: [
        user,
        { role: 'assistant', tool_calls: [call('1', 'f', '{"a":[]}'), call('2', 'f', '')] },
        user,
        { role: 'tool', tool_call_id: '1', content: [{ type: 'text', text: 'seen' }, image] },
      ],
    })
    expect((request['messages'] as object[]).slice(1)).toEqual([
      {
        role: 'assistant',
        content: [
          { toolUse: { toolUseId: '1', name: 'f', input: { a: [] } } },
          { toolUse: { toolUseId: '2', name: 'f', input: {} } },
        ],
      },
      {
        role: 'user',
        content: [
          {
            toolResult: {
              toolUseId: '1',
              content: [{ text: 'seen' }, { image: { format: 'png', source: { bytes: 'AA' } } }],
            },
          },
          {
            toolResult: {
              toolUseId: '2',
              content: [{ text: 'There is no result of this call.' }],
              status: 'error',
            },
          },
          { text: 'hi' },
        ],
      },
    ])
  })

  test('T11 T12 ids and names of other vendors are made to fit, the same for call and result', () => {
    const odd = 'call|with:odd/characters'
    const named = { type: 'function', function: { name: 'files.read', parameters } }
    const { request, hints } = encode({
      tools: [named],
      messages: [
        user,
        { role: 'assistant', tool_calls: [call(odd, 'files.read', '{}')] },
        { role: 'tool', tool_call_id: odd, content: 'x' },
      ],
    })
    const [, turn, results] = request['messages'] as {
      content: {
        toolUse?: { toolUseId: string; name: string }
        toolResult?: { toolUseId: string }
      }[]
    }[]
    expect(turn?.content[0]?.toolUse?.toolUseId).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
    expect(results?.content[0]?.toolResult?.toolUseId).toBe(turn?.content[0]?.toolUse?.toolUseId)
    expect(turn?.content[0]?.toolUse?.name).toBe('files_read')
    expect(hints?.toolNames?.get('files_read')).toBe('files.read')
  })

  test.each<[unknown, unknown]>([
    ['auto', { tools: [{ toolSpec }], toolChoice: { auto: {} } }],
    ['required', { tools: [{ toolSpec }], toolChoice: { any: {} } }],
    [
      { type: 'function', function: { name: 'f' } },
      { tools: [{ toolSpec }], toolChoice: { tool: { name: 'f' } } },
    ],
    ['none', undefined],
  ])('T16 T20 tool_choice %j', (choice, expected) => {
    expect(encode({ tools, tool_choice: choice }).request['toolConfig']).toEqual(expected)
  })

  test('T15 calls in the history are declared, also where no tool is to be called now', () => {
    const messages = [
      user,
      { role: 'assistant', tool_calls: [call('1', 'g', '{}')] },
      { role: 'tool', tool_call_id: '1', content: 'x' },
    ]
    expect(encode({ messages }).request['toolConfig']).toEqual({
      tools: [
        { toolSpec: { name: 'g', inputSchema: { json: { type: 'object', properties: {} } } } },
      ],
    })
    const none = encode({ messages, tools, tool_choice: 'none' })
    expect(none.request['toolConfig']).toEqual({ tools: [{ toolSpec }] })
    expect(none.adapted).toEqual(['tool_choice'])
  })

  test('T21 a schema is one more tool, beside those of the caller', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } } }
    const format = { type: 'json_schema', json_schema: { name: 's', schema } }
    const { request, hints, adapted } = encode({ tools, response_format: format })
    expect(request['toolConfig']).toMatchObject({
      tools: [{ toolSpec }, { toolSpec: { name: 'json_answer', inputSchema: { json: schema } } }],
      toolChoice: { any: {} },
    })
    expect(hints?.schemaTool).toBe('json_answer')
    expect(adapted).toEqual(['response_format'])
    expect(encode({ response_format: format }).request['toolConfig']).toMatchObject({
      toolChoice: { tool: { name: 'json_answer' } },
    })
  })

  test('T17 T27 T30 thinking goes in by the side door, and leaves sampling and forced calls out', () => {
    const asked = {
      reasoning_effort: 'low',
      max_tokens: 8_000,
      temperature: 1,
      tools,
      tool_choice: 'required',
    }
    const { request, adapted } = encode(asked, { traits: { thinking: 'budget' } })
    expect(request).toMatchObject({
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 2_048 } },
      inferenceConfig: { maxTokens: 8_000 },
    })
    expect(request['toolConfig']).toEqual({ tools: [{ toolSpec }] })
    expect(adapted).toEqual(['tool_choice', 'temperature'])
    const adaptive = encode({ reasoning_effort: 'high' }, { traits: { thinking: 'adaptive' } })
    expect(adaptive.request['additionalModelRequestFields']).toEqual({
      thinking: { type: 'adaptive' },
      output_config: { effort: 'high' },
    })
    expect(encode(asked).adapted).toContain('reasoning_effort')
    const tight = encode(
      { reasoning_effort: 'low', max_tokens: 1_000 },
      { traits: { thinking: 'budget' } },
    )
    expect([tight.request['additionalModelRequestFields'], tight.adapted]).toEqual([
      undefined,
      ['reasoning_effort'],
    ])
  })

  test('T54 breakpoints become blocks of their own; of more than four the first and the last are kept', () => {
    const text = (value: string) => ({ type: 'text' as const, text: value, cache: '5m' as const })
    const sent = encodeMessages(
      { role: 'system', content: [{ ...text('s'), cache: '1h' }] },
      { role: 'user', content: [text('a'), text('b'), text('c'), text('d')] },
    )
    expect(sent.system).toEqual([{ text: 's' }, { cachePoint: { type: 'default', ttl: '1h' } }])
    const point = { cachePoint: { type: 'default' } }
    expect(sent.messages[0]?.content).toEqual([
      { text: 'a' },
      { text: 'b' },
      point,
      { text: 'c' },
      point,
      { text: 'd' },
      point,
    ])
  })

  test('T39 names of documents are unique and plain, and a document has a text beside it', () => {
    const document = (title: string): ContentPart => ({
      type: 'document',
      title,
      source: { kind: 'base64', mediaType: 'application/pdf', data: 'AA==' },
    })
    const { messages } = encodeMessages({
      role: 'user',
      content: [document('Q3  report_final.pdf'), document('Q3 report_final.pdf'), document('')],
    })
    expect(messages[0]?.content).toEqual([
      ...['Q3 report-final-pdf', 'Q3 report-final-pdf (2)', 'document'].map((name) => ({
        document: { format: 'pdf', name, source: { bytes: 'AA==' } },
      })),
      { text: '.' },
    ])
  })

  test('T23 T24 T33 own thoughts go back unchanged, those of others do not; the end of a prefill is trimmed', () => {
    const { messages } = encodeMessages(
      { role: 'user', content: [{ type: 'text', text: 'hi' }] },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: '', signature: 's', origin: 'anthropic-messages' },
          { type: 'reasoning', text: 'x', signature: 'g', origin: 'gemini' },
          { type: 'text', text: ' ' },
          { type: 'text', text: 'So: ' },
        ],
      },
    )
    expect(messages[1]?.content).toEqual([
      { reasoningContent: { reasoningText: { text: '', signature: 's' } } },
      { text: 'So:' },
    ])
  })

  test.each<[string, object, object]>([
    [
      'an image by address',
      {},
      {
        messages: [
          { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x/a.png' } }] },
        ],
      },
    ],
    [
      'audio',
      {},
      {
        messages: [
          {
            role: 'user',
            content: [{ type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } }],
          },
        ],
      },
    ],
    ['several choices', {}, { n: 2 }],
    [
      'a prefill that the model refuses (T34)',
      { traits: { prefill: false } },
      { messages: [user, { role: 'assistant', content: 'So' }] },
    ],
  ])('%s is refused', (_, more, fields) => {
    let status: unknown
    try {
      encode(fields, more)
    } catch (error) {
      status = GatewayError.is(error) && error.status
    }
    expect(status).toBe(400)
  })

  test('never throws anything but a coded error, whatever the body', () => {
    const names = fc.constantFrom(
      'messages',
      'tools',
      'tool_choice',
      'response_format',
      'stop',
      'additionalModelRequestFields',
    )
    fc.assert(
      fc.property(names, fc.jsonValue(), (name, value) => {
        try {
          encode({ [name]: value }, { traits: { thinking: 'budget' } })
        } catch (error) {
          expect(GatewayError.is(error) && error.status).toBe(400)
        }
      }),
    )
  })
})
