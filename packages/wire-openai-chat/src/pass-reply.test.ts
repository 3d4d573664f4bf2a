import { describe, expect, test } from '@jest/globals'
import { GatewayError, toGenerationError } from '@sluice/kernel/errors'
import { passReply } from './pass-reply.ts'
import { decodeUsage } from './decode-usage.ts'

const edits = {
  model: 'acme/fast',
  includeUsage: false,
  requestId: 'r1',
  created: 1,
  maxEventBytes: 1e6,
  request: null,
}
const decode = (body: string) => passReply(Buffer.from(body), edits)
const failure = (body: string) => {
  try {
    decode(body)
  } catch (error) {
    if (GatewayError.is(error)) return toGenerationError(error)
    throw error
  }
  throw new Error('the reply was accepted')
}

describe('decodeReply', () => {
  test('restores the name the caller used and keeps every other byte', () => {
    const body =
      '{"id":"x","model":"fast-2-0613", "choices":[{"index":0,"message":{"role":"assistant","content":"hé"},"finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5},"zz":1.50}'
    expect(decode(body)).toEqual({
      data: Buffer.from(
        '{"id":"x","model":"acme/fast", "choices":[{"index":0,"message":{"role":"assistant","content":"hé"},"finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5},"zz":1.50}',
      ),
      finishReason: 'length',
      usage: {
        input_tokens: 3,
        output_tokens: 2,
        cached_input_tokens: 0,
        cache_write_tokens: 0,
        reasoning_tokens: 0,
        estimated: false,
      },
      outputCharacters: 2,
    })
  })

  const choices = '"choices":[{"message":{"content":"x"},"finish_reason":"stop"}]'
  test.each([
    ['after a nested one', `{"meta":{"model":"a"},"model":"a",${choices}}`],
    ['only a nested one', `{"meta":{"model":"a"},${choices}}`],
    ['twice', `{"model":"a",${choices},"model":"a"}`],
    ['with spaces', `{ "model" : "a" , ${choices} }`],
    ['with an escape', String.raw`{"mod\u0065l":"a",${choices}}`],
    ['after itself in a string', String.raw`{"id":"\"model\":\"a\"","model":"a",${choices}}`],
    ['of another type', `{"model":7,${choices}}`],
    ['with letters that JSON escapes', String.raw`{"model":"a\"b",${choices}}`],
    ['after a bracket in a string', `{"id":"{[","model":"a",${choices}}`],
  ])('the model %s: the one that counts is replaced or added, and no other', (_where, body) => {
    const before = JSON.parse(body) as Record<string, unknown>
    const after = JSON.parse(decode(body).data.toString()) as Record<string, unknown>
    expect(after).toEqual({ ...before, model: 'acme/fast' })
  })

  test('counts text and tool arguments, and gives null for usage that was not reported', () => {
    const call = { id: 'c', type: 'function', function: { name: 'ab', arguments: '{"c":1}' } }
    const message = { role: 'assistant', content: null, tool_calls: [call] }
    const body = { choices: [{ message, finish_reason: 'function_call' }] }
    expect(decode(JSON.stringify(body))).toMatchObject({
      finishReason: 'tool_calls',
      usage: null,
      outputCharacters: 9,
    })
  })

  test.each([
    '',
    '{}',
    '<html>',
    '[]',
    '{"choices":[]}',
    '{"choices":null}',
    '{"choices":[{"finish_reason":"error"}]}',
  ])('T64 an answer without an answer is a failure of the provider: %j', (body) => {
    expect(failure(body)).toMatchObject({ status: 502, code: 'upstream_error' })
  })

  test('T46 an error in a 200 is an error', () => {
    const error = { message: 'slow down', code: 429, type: null }
    expect(failure(JSON.stringify({ error }))).toMatchObject({
      status: 429,
      code: 'rate_limit_exceeded',
    })
    expect(failure('{"error":"boom"}')).toMatchObject({ status: 502, message: 'boom' })
  })
})

describe('decodeUsage', () => {
  test('T52 keeps cached tokens inside the input and reasoning inside the output', () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 50,
      total_tokens: 150,
      prompt_tokens_details: { cached_tokens: 80 },
      completion_tokens_details: { reasoning_tokens: 30 },
    }
    expect(decodeUsage(usage)).toEqual({
      input_tokens: 100,
      output_tokens: 50,
      cached_input_tokens: 80,
      cache_write_tokens: 0,
      reasoning_tokens: 30,
      estimated: false,
    })
  })

  test('bills what the total holds beyond the two counts (Gemini leaves thinking out of them)', () => {
    const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 40 }
    expect(decodeUsage(usage)).toMatchObject({ input_tokens: 10, output_tokens: 30 })
  })

  test.each([
    null,
    {},
    { prompt_tokens: 1 },
    { prompt_tokens: -1, completion_tokens: 2 },
    { prompt_tokens: '1', completion_tokens: 2 },
  ])('unknown is never 0: %j', (usage) => {
    expect(decodeUsage(usage)).toBeNull()
  })
})

test.each(['constructor', 'toString', '__proto__'])(
  'the finish reason %s is an unknown word like others',
  (word) => {
    const choice = { index: 0, message: { content: 'a' }, finish_reason: word }
    expect(decode(JSON.stringify({ choices: [choice] })).finishReason).toBe('stop')
  },
)
