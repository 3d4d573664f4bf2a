import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { GatewayError } from '@sluice/kernel/errors'
import fc from 'fast-check'
import { parseRequest } from './parse-request.ts'

interface Malformed {
  readonly name: string
  readonly body: string
  readonly param: string | null
}
const malformed = JSON.parse(
  readFileSync(new URL('__fixtures__/malformed-chat-requests.json', import.meta.url), 'utf8'),
) as Malformed[]

const thrownBy = (body: Buffer): GatewayError => {
  try {
    parseRequest(body)
  } catch (error) {
    if (GatewayError.is(error)) return error
    throw error
  }
  throw new Error('the body was accepted')
}
const user = { role: 'user', content: 'hi' }
const parse = (fields: Record<string, unknown>) =>
  parseRequest(Buffer.from(JSON.stringify({ model: 'm', messages: [user], ...fields })))

describe('parseRequest', () => {
  test('M-010 the fixture has at least 20 malformed bodies', () => {
    expect(malformed.length).toBeGreaterThanOrEqual(20)
  })

  test.each(malformed)(
    'M-010 refuses a body with 400 that names the field: $name',
    ({ body, param }) => {
      const error = thrownBy(Buffer.from(body))
      expect(error).toMatchObject({ status: 400, type: 'invalid_request_error' })
      expect(error.param ?? null).toBe(param)
    },
  )

  test('tells the edge what it routes and answers by', () => {
    expect(parse({})).toEqual({
      model: 'm',
      stream: false,
      includeUsage: false,
      group: null,
      needs: [],
      documents: false,
      maxTokens: null,
      user: null,
      json: expect.objectContaining({ model: 'm' }),
    })
    const fields = {
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 9,
      user: 'u',
    }
    expect(parse(fields)).toEqual({
      model: 'm',
      stream: true,
      includeUsage: true,
      group: 'u',
      needs: [],
      documents: false,
      maxTokens: 9,
      user: 'u',
      json: expect.objectContaining(fields),
    })
    expect(parse({ stream_options: { include_usage: true } }).includeUsage).toBe(false)
  })

  test('accepts what real clients send: nulls, unknown fields, flat tools, parts, tool history', () => {
    parse({ temperature: null, stop: null, tools: null, top_k: 5, vendor: { constructorial: 1 } })
    parse({
      tools: [
        { type: 'function', name: 'flat', parameters: { type: 'object', $schema: 'x' } },
        { type: 'function', function: { name: 'nested', strict: true } },
        { type: 'web_search' },
      ],
      tool_choice: { type: 'function', function: { name: 'nested' } },
      response_format: { type: 'json_schema', json_schema: { name: 's', schema: {} } },
    })
    const call = { id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }
    parse({
      messages: [
        { role: 'developer', content: [{ type: 'text', text: 'x', cache_control: {} }] },
        { role: 'user', content: [{ type: 'text', text: 'look' }, image], name: 'n' },
        { role: 'assistant', content: null, tool_calls: [call], reasoning_content: 'hm' },
        { role: 'tool', tool_call_id: 'c1', content: '42' },
      ],
    })
  })

  test('refuses what is nested deeper than 64 levels, and takes what is not', () => {
    const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
    const body = (levels: number) =>
      Buffer.from(`{"model":"m","messages":[{"role":"user","content":"x"}],"x":${nested(levels)}}`)
    parseRequest(body(63))
    expect(thrownBy(body(64)).status).toBe(400)
    expect(thrownBy(body(100_000)).status).toBe(400)
  })

  test('refuses bytes that are not UTF-8', () => {
    expect(thrownBy(Buffer.from([0x7b, 0xff, 0x7d])).status).toBe(400)
  })

  test('never throws anything but a coded 400, whatever the body', () => {
    const field = fc.constantFrom(
      'messages',
      'tools',
      'stop',
      'tool_choice',
      'response_format',
      'n',
    )
    const roles = fc.constantFrom('user', 'assistant', 'tool', 'x')
    const messages = fc.array(fc.record({ role: roles, content: fc.jsonValue() }))
    fc.assert(
      fc.property(field, fc.oneof(fc.jsonValue(), messages), (name, value) => {
        try {
          parse({ [name]: value })
        } catch (error) {
          expect(GatewayError.is(error) && error.status).toBe(400)
        }
      }),
    )
  })
})
