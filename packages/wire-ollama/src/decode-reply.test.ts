import { describe, expect, test } from '@jest/globals'
import { GatewayError, toGenerationError } from '@sluice/kernel/errors'
import { decodeError } from './decode-error.ts'
import { conversionBetween } from '@sluice/wire/translate'
import { openAiChat } from '@sluice/wire-openai-chat'
import { ollama } from './ollama.ts'

const conversion = conversionBetween(openAiChat, ollama)

const edits = {
  model: 'local/m',
  includeUsage: false,
  requestId: 'r1',
  created: 7,
  maxEventBytes: 1e6,
  request: null,
}
const decode = (body: unknown) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return conversion.decodeReply(Buffer.from(text), edits)
}
const reply = (message: object, more: object = {}) => ({
  model: 'm',
  message: { role: 'assistant', ...message },
  done: true,
  done_reason: 'stop',
  prompt_eval_count: 9,
  eval_count: 4,
  ...more,
})

describe('decodeReply', () => {
  test('makes a chat completion of it', () => {
    const decoded = decode(reply({ content: 'Hello', thinking: 'hm' }))
    expect(JSON.parse(decoded.data.toString())).toEqual({
      id: 'chatcmpl-r1',
      object: 'chat.completion',
      created: 7,
      model: 'local/m',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello', reasoning_content: 'hm', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 9,
        completion_tokens: 4,
        total_tokens: 13,
        prompt_tokens_details: { cached_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 0 },
      },
    })
    expect(decoded).toMatchObject({
      finishReason: 'stop',
      outputCharacters: 7,
      usage: { input_tokens: 9 },
    })
  })

  test('T10 T13 calls become the reason for the end, with arguments as a string', () => {
    const call = { function: { name: 'f', arguments: { a: 1 } } }
    const decoded = decode(reply({ content: '', tool_calls: [call] }, { eval_count: undefined }))
    expect(decoded).toMatchObject({ finishReason: 'tool_calls', usage: null })
    const { choices, usage } = JSON.parse(decoded.data.toString()) as Record<string, unknown>
    expect(usage).toBeUndefined()
    expect(choices).toMatchObject([
      {
        message: {
          content: null,
          tool_calls: [{ type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
        },
      },
    ])
  })

  test.each([
    '',
    '{}',
    '<html>',
    '{"done":true}',
    { ...reply({ content: 'x' }), done: false },
    { error: 'boom' },
  ])('T64 what is no answer is a failure of the provider: %j', (body) => {
    let thrown: unknown
    try {
      decode(body)
    } catch (error) {
      thrown = error
    }
    expect(GatewayError.is(thrown) && toGenerationError(thrown)).toMatchObject({
      status: 502,
      code: 'upstream_error',
    })
  })
})

test.each<[number, unknown, number, string]>([
  [404, { error: 'model "m" not found, try pulling it first' }, 404, 'model_not_found'],
  [404, '404 page not found', 502, 'upstream_error'],
  [400, { error: '"m" does not support tools' }, 400, 'invalid_request'],
  [401, { error: 'unauthorized' }, 502, 'upstream_auth'],
  [402, { error: 'payment required' }, 503, 'upstream_quota'],
  [429, { error: 'too many' }, 429, 'rate_limit_exceeded'],
  [500, { error: 'llama runner crashed' }, 502, 'upstream_error'],
  [503, { error: 'server busy' }, 503, 'server_is_overloaded'],
])('T60 maps %d %j to %d %s', (from, body, status, code) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  expect(decodeError(from, {}, Buffer.from(text))).toMatchObject({ status, code })
})
