import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { GatewayError } from '@sluice/kernel/errors'
import { parseCountTokensRequest, parseRequest } from './parse-request.ts'

interface Malformed {
  readonly name: string
  readonly body: string
  readonly param: string | null
}
const malformed = JSON.parse(
  readFileSync(new URL('__fixtures__/malformed-message-requests.json', import.meta.url), 'utf8'),
) as Malformed[]

const thrownBy = (act: () => unknown): GatewayError => {
  try {
    act()
  } catch (error) {
    if (GatewayError.is(error)) return error
    throw error
  }
  throw new Error('the body was accepted')
}
const messages: unknown[] = [{ role: 'user', content: 'hi' }]
const bodyOf = (fields: object) => Buffer.from(JSON.stringify({ model: 'm', messages, ...fields }))
const parse = (fields: object) => parseRequest(bodyOf({ max_tokens: 9, ...fields }))

describe('parseRequest', () => {
  test.each(malformed)(
    'M-010 refuses with 400 and the field at fault: $name',
    ({ body, param }) => {
      const error = thrownBy(() => parseRequest(Buffer.from(body)))
      expect(error).toMatchObject({ status: 400, type: 'invalid_request_error' })
      expect(error.param ?? null).toBe(param)
      expect(error.message).not.toMatch(/Invalid input|zod/i)
    },
  )

  test('says what is wrong in words', () => {
    const said = (fields: object) => thrownBy(() => parse(fields)).message
    expect(said({ max_tokens: null })).toBe(
      "Invalid value for 'max_tokens': expected a number, but got null",
    )
    expect(said({ messages: [{ role: 'user', content: [{ type: 'text' }] }] })).toBe(
      "Missing required parameter: 'messages[0].content[0].text'",
    )
    expect(said({ temperature: 2 })).toBe("Invalid value for 'temperature': must be at most 1")
  })

  test('tells the edge what it routes and answers by', () => {
    const user = '{"device_id":"d","session_id":"s"}'
    expect(parse({ stream: true, metadata: { user_id: user } })).toEqual({
      model: 'm',
      stream: true,
      includeUsage: true,
      maxTokens: 9,
      user,
      group: user,
      needs: [],
      documents: false,
      json: expect.objectContaining({ stream: true }),
    })
  })

  test('what a target must be able to do', () => {
    const image = { type: 'image', source: { type: 'url', url: 'https://a.example/x.png' } }
    const result = { type: 'tool_result', tool_use_id: 'toolu_1', content: [image] }
    const custom = { name: 't', input_schema: { type: 'object' } }
    const format = { type: 'json_schema', schema: {} }
    const needs = (fields: object) => parse(fields).needs
    expect(needs({ tools: [custom] })).toEqual(['tools'])
    expect(needs({ tools: [{ type: 'web_search_20250305', name: 'web_search' }] })).toEqual([])
    expect(needs({ messages: [{ role: 'user', content: [image] }] })).toEqual(['images'])
    expect(needs({ messages: [{ role: 'user', content: [result] }] })).toEqual(['images'])
    expect(needs({ output_config: { format } })).toEqual(['json_schema'])
    expect(needs({ output_format: format })).toEqual(['json_schema'])
    expect(needs({ thinking: { type: 'enabled', budget_tokens: 2048 } })).toEqual(['reasoning'])
    expect(needs({ thinking: { type: 'adaptive' } })).toEqual([])
  })

  test('T20 T63 a call of Claude Code is let through: betas, system among the messages, deferred tools, empty required', () => {
    const cached = { type: 'ephemeral', ttl: '1h' }
    const fields = {
      max_tokens: 128_000,
      stream: true,
      system: [
        { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.329; cch=1;' },
        { type: 'text', text: 'x'.repeat(200_000), cache_control: cached },
      ],
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'hi', cache_control: cached }] },
        { role: 'system', content: [{ type: 'text', text: 'Be brief.', cache_control: cached }] },
        {
          role: 'assistant',
          content: [{ type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }],
        },
        { role: 'user', content: 'go on' },
      ],
      tools: [
        { name: 'mcp__x', input_schema: { type: 'object', required: [] }, defer_loading: true },
        { type: 'tool_search_tool_regex_20251119', name: 'tool_search_tool_regex' },
      ],
      thinking: { type: 'adaptive' },
      context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
      output_config: { effort: 'medium' },
      metadata: { user_id: '{"session_id":"s"}' },
      unknown_beta: { a: [] },
    }
    expect(parse(fields)).toMatchObject({ maxTokens: 128_000, needs: ['tools'] })
  })

  test('a limit of 0, which only fills the cache, and an empty system message', () => {
    expect(parse({ max_tokens: 0 }).maxTokens).toBe(0)
    expect(parse({ messages: [...messages, { role: 'system' }, ...messages] }).model).toBe('m')
  })
})

describe('parseCountTokensRequest', () => {
  test('needs no limit, and refuses what a call would refuse', () => {
    expect(parseCountTokensRequest(bodyOf({}))).toEqual({ model: 'm' })
    const error = thrownBy(() => parseCountTokensRequest(bodyOf({ messages: [] })))
    expect(error.param).toBe('messages')
  })
})
