import { describe, expect, test } from '@jest/globals'
import { createTokenCounter } from '@sluice/count-tokens/token-counter'
import {
  countTokensRequest,
  countTokensUrl,
  decodeCountTokensReply,
  encodeCountTokensReply,
} from './count-tokens.ts'
import { countableInput } from './countable-input.ts'

const bodyOf = (fields: object) => Buffer.from(JSON.stringify({ model: 'm', ...fields }))
const input = (fields: object) => countableInput(bodyOf(fields))

describe('counting at Anthropic', () => {
  test('T63 the caller’s bytes go there, with the provider’s model and without what counting refuses', () => {
    expect(countTokensUrl('https://api.anthropic.com/')).toBe(
      'https://api.anthropic.com/v1/messages/count_tokens',
    )
    const body =
      '{"model":"a","max_tokens":5, "tools":[{"input_schema":{"required":[]}}],"stream":true}'
    expect(countTokensRequest(Buffer.from(body), 'claude-x').toString()).toBe(
      '{"model":"claude-x","tools":[{"input_schema":{"required":[]}}]}',
    )
  })

  test('its answer is read and written; anything else is its error', () => {
    expect(decodeCountTokensReply(Buffer.from('{"input_tokens":14}'))).toBe(14)
    expect(encodeCountTokensReply(14)).toBe('{"input_tokens":14}')
    for (const body of [
      '{}',
      '<html>',
      '{"input_tokens":-1}',
      '{"type":"error","error":{"type":"overloaded_error","message":"x"}}',
    ]) {
      expect(() => decodeCountTokensReply(Buffer.from(body))).toThrow()
    }
  })
})

describe('an estimate of the input', () => {
  test('counts the system prompt, messages, calls, results and tools', () => {
    const { texts, tokens } = input({
      system: [{ type: 'text', text: 'sys', cache_control: { type: 'ephemeral' } }],
      messages: [
        { role: 'user', content: 'hi' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm', signature: 's' },
            { type: 'tool_use', id: 'c', name: 't', input: { a: [] } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'c', content: [{ type: 'text', text: 'ok' }] },
          ],
        },
      ],
      tools: [{ name: 't', input_schema: { required: [] } }],
    })
    expect(texts).toEqual([
      'sys',
      'hi',
      'hm',
      't',
      '{"a":[]}',
      'ok',
      '{"name":"t","schema":{"required":[]}}',
    ])
    expect(tokens).toBe(12)
  })

  test('images and documents count by their kind', () => {
    const image = {
      type: 'image',
      source: { type: 'base64', media_type: 'image/png', data: 'x'.repeat(9000) },
    }
    const pdf = {
      type: 'document',
      source: { type: 'base64', media_type: 'application/pdf', data: 'x'.repeat(3000) },
    }
    const plain = {
      type: 'document',
      source: { type: 'text', media_type: 'text/plain', data: 'page' },
    }
    const { texts, tokens } = input({ messages: [{ role: 'user', content: [image, pdf, plain] }] })
    expect(texts).toEqual(['page'])
    expect(tokens).toBe(4 + 1600 + 100)
  })

  test('T63 does not fail on betas, deferred tools, markers of the cache, empty required and what it does not know', () => {
    const fields = {
      messages: [
        {
          role: 'system',
          content: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral' } }],
        },
        { role: 'user', content: [{ type: 'something_new', payload: 1 }, { type: 'text' }] },
        { role: 'assistant' },
      ],
      tools: [
        {
          name: 'deferred',
          description: 'x'.repeat(1000),
          input_schema: { required: [] },
          defer_loading: true,
        },
        { type: 'mcp_toolset', mcp_server_name: 's' },
        { type: 'web_search_20250305', name: 'web_search' },
      ],
      context_management: { edits: [] },
      output_config: { effort: 'low' },
      betas: ['whatever-2027-01-01'],
    }
    const { texts } = input(fields)
    expect(texts.join('').length).toBeLessThan(200)
    for (const odd of [{ messages: null }, { messages: [null, 5] }, { system: 5, tools: {} }, {}]) {
      expect(input(odd).texts).toEqual([])
    }
  })

  test('is near what the text has by the tokenizer of another model', async () => {
    await using counter = createTokenCounter()
    const { texts, tokens } = input({
      system: 'You are terse.',
      messages: [{ role: 'user', content: 'How many words are in this short question?' }],
    })
    const estimate = tokens + (await counter.count(texts))
    expect(estimate).toBeGreaterThan(12)
    expect(estimate).toBeLessThan(24)
  })
})
