import { describe, expect, test } from '@jest/globals'
import type { Message } from '@sluice/wire/canonical-request'
import { decodeRequest } from './decode-request.ts'
import { encodeForeign } from './foreign-reasoning.ts'

const decode = (fields: object) =>
  decodeRequest(Buffer.from(JSON.stringify({ model: 'm', max_tokens: 9, messages: [], ...fields })))
const decodeMessages = (...messages: object[]): readonly Message[] => decode({ messages }).messages
const text = (value: string) => ({ type: 'text' as const, text: value })

describe('a request of an Anthropic caller', () => {
  test('T31 system messages keep their places and their breakpoints', () => {
    const { messages } = decode({
      system: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral', ttl: '1h' } }],
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'system', content: [text('b')] },
      ],
    })
    expect(messages).toEqual([
      { role: 'system', content: [{ ...text('a'), cache: '1h' }] },
      { role: 'user', content: [text('hi')] },
      { role: 'system', content: [text('b')] },
    ])
  })

  test('T63 a long system prompt is whole; only the billing line of Claude Code stays behind', () => {
    const long = 'x'.repeat(300_000)
    const { messages } = decode({
      system: [text('x-anthropic-billing-header: cc_version=2.1; cch=9;'), text(long)],
    })
    expect(messages).toEqual([{ role: 'system', content: [text(long)] }])
  })

  test('T14 results come first, whatever stood before them', () => {
    const messages = decodeMessages({
      role: 'user',
      content: [
        text('and?'),
        { type: 'tool_result', tool_use_id: 'toolu_1', content: '5' },
        { type: 'tool_result', tool_use_id: 'toolu_2', is_error: true },
      ],
    })
    expect(messages).toEqual([
      {
        role: 'tool',
        results: [
          { callId: 'toolu_1', content: [text('5')], isError: false },
          { callId: 'toolu_2', content: [], isError: true },
        ],
      },
      { role: 'user', content: [text('and?')] },
    ])
  })

  test('T18 results keep images, errors and blocks that only Anthropic knows', () => {
    const source = { type: 'base64', media_type: 'image/png', data: 'aGk=' }
    const reference = { type: 'tool_reference', tool_name: 't' }
    const search = { type: 'search_result', title: 'T', source: 's', content: [text('found')] }
    const [message] = decodeMessages({
      role: 'user',
      content: [
        {
          type: 'tool_result',
          tool_use_id: 'toolu_1',
          is_error: true,
          content: [{ type: 'image', source }, reference, search],
        },
      ],
    })
    expect(message).toMatchObject({
      results: [
        {
          isError: true,
          content: [
            { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'aGk=' } },
            text(JSON.stringify(reference)),
            text('T\ns\nfound'),
          ],
        },
      ],
    })
  })

  test('T22 server tools are marked as native, and what they did is left out', () => {
    const search = { type: 'web_search_20250305', name: 'web_search', max_uses: 5 }
    const { tools, messages } = decode({
      tools: [search, { name: 't', input_schema: { type: 'object', required: [] } }],
      messages: [
        {
          role: 'assistant',
          content: [
            { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} },
            { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
            text('found'),
          ],
        },
      ],
    })
    expect(tools).toEqual([
      { type: 'native', wire: 'anthropic-messages', definition: search },
      {
        type: 'function',
        name: 't',
        description: null,
        parameters: { type: 'object', required: [] },
        strict: null,
      },
    ])
    expect(messages).toEqual([{ role: 'assistant', content: [text('found')] }])
  })

  test('T23 T24 thoughts are known by who signed them, in their order', () => {
    const foreign = { signature: 'g', origin: 'gemini' as const }
    const [message] = decodeMessages({
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: '', signature: 'c2ln' },
        { type: 'redacted_thinking', data: 'cmVk' },
        { type: 'thinking', thinking: 'hm', signature: encodeForeign(foreign) },
        { type: 'thinking', thinking: 'nobody', signature: encodeForeign({}) },
        { type: 'tool_use', id: 'c1', name: 't', input: {}, signature: encodeForeign(foreign) },
      ],
    })
    expect(message?.role === 'assistant' && message.content).toEqual([
      { type: 'reasoning', text: '', signature: 'c2ln', origin: 'anthropic-messages' },
      { type: 'reasoning', text: '', redacted: 'cmVk', origin: 'anthropic-messages' },
      { type: 'reasoning', text: 'hm', ...foreign },
      { type: 'reasoning', text: 'nobody' },
      { type: 'tool-call', id: 'c1', name: 't', arguments: '{}', signature: 'g' },
    ])
  })

  test.each([
    [{ type: 'auto' }, { type: 'auto' }, null],
    [{ type: 'none' }, { type: 'none' }, null],
    [{ type: 'any', disable_parallel_tool_use: true }, { type: 'required' }, false],
    [
      { type: 'tool', name: 't', disable_parallel_tool_use: false },
      { type: 'tool', name: 't' },
      true,
    ],
  ])('T16 the tool choice %j', (choice, expected, parallel) => {
    const { toolChoice, parallelToolCalls } = decode({ tool_choice: choice })
    expect(toolChoice).toEqual(expected)
    expect(parallelToolCalls).toBe(parallel)
  })

  test.each([
    [
      { thinking: { type: 'enabled', budget_tokens: 4000 } },
      { effort: null, budgetTokens: 4000, visible: null },
    ],
    [
      { thinking: { type: 'adaptive', display: 'omitted' }, output_config: { effort: 'low' } },
      { effort: 'low', budgetTokens: null, visible: false },
    ],
    [{ thinking: { type: 'disabled' } }, { effort: 'none', budgetTokens: null, visible: null }],
    [{ output_config: { effort: 'max' } }, { effort: 'max', budgetTokens: null, visible: null }],
    [{}, null],
  ])('T27 thinking by %j', (fields, reasoning) => {
    expect(decode(fields).reasoning).toEqual(reasoning)
  })

  test('structured output, by its name of today and of the beta', () => {
    const schema = { type: 'object' }
    const format = { type: 'json_schema', schema }
    const expected = {
      type: 'json-schema',
      name: 'answer',
      description: null,
      schema,
      strict: true,
    }
    expect(decode({ output_config: { format } }).responseFormat).toEqual(expected)
    expect(decode({ output_format: format }).responseFormat).toEqual(expected)
  })

  test('T38 the end user is the only metadata; other members keep their names', () => {
    const request = decode({
      metadata: { user_id: 'u', other: 1 },
      service_tier: 'standard_only',
      context_management: { edits: [] },
    })
    expect(request).toMatchObject({
      user: 'u',
      metadata: null,
      serviceTier: 'default',
      extra: { context_management: { edits: [] } },
    })
  })
})
