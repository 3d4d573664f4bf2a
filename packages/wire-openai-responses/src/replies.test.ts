import { describe, expect, test } from '@jest/globals'
import { GatewayError } from '@sluice/kernel/errors'
import { collectParts } from '@sluice/wire/stream-parts'
import fc from 'fast-check'
import { decodeReply } from './decode-reply.ts'
import { createPartDecoder } from './decode-stream.ts'
import { encodeReply } from './encode-reply.ts'
import { openAiResponses } from './openai-responses.ts'
import { passReply } from './pass-reply.ts'
import { createPassThrough } from './pass-through.ts'

const requestId = '0190f5fe-0000-7000-8000-000000000001'
const options = { requestId, maxEventBytes: 10_000 }
const edits = { ...options, model: 'acme/fast', includeUsage: true, created: 7, request: null }
const usage = {
  input_tokens: 9,
  input_tokens_details: { cached_tokens: 3 },
  output_tokens: 5,
  output_tokens_details: { reasoning_tokens: 2 },
  total_tokens: 14,
}
const ourUsage = {
  input_tokens: 9,
  output_tokens: 5,
  cached_input_tokens: 3,
  cache_write_tokens: 0,
  reasoning_tokens: 2,
  estimated: false,
}
const output = [
  {
    type: 'reasoning',
    id: 'rs_1',
    summary: [{ type: 'summary_text', text: 'Hm' }],
    encrypted_content: 'gAAA',
  },
  { type: 'web_search_call', id: 'ws_1', status: 'completed' },
  {
    type: 'message',
    id: 'msg_1',
    role: 'assistant',
    content: [{ type: 'output_text', text: 'Grüße', annotations: [] }],
  },
  { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'look', arguments: '{"at":1}' },
]
const response = {
  id: 'resp_up',
  object: 'response',
  status: 'completed',
  model: 'gpt-9',
  output,
  usage,
}
const content = [
  { type: 'reasoning', text: 'Hm', redacted: 'gAAA', id: 'rs_1', origin: 'openai-responses' },
  { type: 'text', text: 'Grüße' },
  { type: 'tool-call', id: 'call_1', name: 'look', arguments: '{"at":1}' },
]

type Event = Record<string, unknown>
const numbered = (events: readonly Event[]): Event[] =>
  events.map((event, i) => ({ sequence_number: i, ...event }))
const sse = (events: readonly Event[]) =>
  Buffer.from(
    events
      .map((event) => `event: ${String(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`)
      .join(''),
  )

const created = {
  type: 'response.created',
  response: { ...response, status: 'in_progress', output: [], usage: null },
}
const stream = numbered([
  created,
  {
    type: 'response.output_item.added',
    output_index: 0,
    item: { type: 'reasoning', id: 'rs_1', summary: [] },
  },
  { type: 'response.reasoning_summary_text.delta', item_id: 'rs_1', output_index: 0, delta: 'H' },
  { type: 'response.reasoning_summary_text.delta', item_id: 'rs_1', output_index: 0, delta: 'm' },
  { type: 'response.output_item.done', output_index: 0, item: output[0] },
  { type: 'response.output_item.added', output_index: 1, item: output[1] },
  {
    type: 'response.output_item.added',
    output_index: 2,
    item: { type: 'message', id: 'msg_1', content: [] },
  },
  { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 2, delta: 'Grü' },
  { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 2, delta: 'ße' },
  { type: 'response.output_item.done', output_index: 2, item: output[2] },
  { type: 'response.output_item.added', output_index: 3, item: { ...output[3], arguments: '' } },
  {
    type: 'response.function_call_arguments.delta',
    item_id: 'fc_1',
    output_index: 3,
    delta: '{"at"',
  },
  {
    type: 'response.function_call_arguments.delta',
    item_id: 'fc_1',
    output_index: 3,
    delta: ':1}',
  },
  {
    type: 'response.function_call_arguments.done',
    item_id: 'fc_1',
    output_index: 3,
    arguments: '{"at":1}',
  },
  { type: 'response.output_item.done', output_index: 3, item: output[3] },
  { type: 'response.completed', response },
])

function decode(bytes: readonly Buffer[]) {
  const decoder = createPartDecoder(options)
  const parts = bytes.flatMap((chunk) => [...decoder.push(chunk)])
  const end = decoder.end()
  return { parts: [...parts, ...(end.ok ? end.parts : [])], end }
}
function pass(bytes: readonly Buffer[]) {
  const decoder = createPassThrough(edits)
  const published = bytes.flatMap((chunk) => [...decoder.push(chunk)])
  return { published, end: decoder.end(), outputCharacters: decoder.outputCharacters }
}
const cut = (bytes: Buffer, places: readonly number[]) => {
  const at = [
    0,
    ...places.map((place) => place % bytes.length).toSorted((a, b) => a - b),
    bytes.length,
  ]
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end))
}
const cuts = fc.array(fc.nat(10_000), { maxLength: 6 })

describe('a plain reply', () => {
  test('is read item by item', () => {
    expect(decodeReply(Buffer.from(JSON.stringify(response)), options)).toEqual({
      content,
      finish: { reason: 'tool_calls' },
      usage: ourUsage,
    })
  })

  test('T49 incomplete is no full stop, and is billed', () => {
    const cutShort = {
      ...response,
      output: [output[2]],
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    }
    const { finish, usage: counted } = decodeReply(Buffer.from(JSON.stringify(cutShort)), options)
    expect(finish).toEqual({ reason: 'length' })
    expect(counted).toEqual(ourUsage)
  })

  test('is passed on with our name and the caller’s model', () => {
    const text = JSON.stringify(response).replace('"model":"gpt-9"', '"model" : "gpt-9"')
    const { data, finishReason } = passReply(Buffer.from(text), {
      ...edits,
      hints: { echo: { background: true } },
    })
    expect(JSON.parse(String(data))).toEqual({
      ...response,
      id: `resp_${requestId}`,
      model: 'acme/fast',
      background: true,
    })
    expect(String(data)).toContain('"output":' + JSON.stringify(output))
    expect(finishReason).toBe('tool_calls')
  })

  test.each([
    [
      { ...response, status: 'failed', error: { code: 'rate_limit_exceeded', message: 'slow' } },
      'rate_limit_exceeded',
    ],
    [
      { ...response, status: 'failed', error: { code: 'server_error', message: 'broke' } },
      'upstream_error',
    ],
    [{ ...response, status: 'queued' }, 'upstream_error'],
    [{ error: { message: 'no', type: 'invalid_request_error' } }, 'invalid_request'],
    [{}, 'upstream_error'],
  ])('T46 T64 a 200 that holds no answer is an error', (body, code) => {
    for (const read of [decodeReply, (bytes: Buffer) => passReply(bytes, edits)]) {
      try {
        read(Buffer.from(JSON.stringify(body)), options)
        throw new Error('taken for an answer')
      } catch (error) {
        expect(GatewayError.is(error) ? error.code : error).toBe(code)
      }
    }
  })

  test('has every member that clients read', () => {
    const reply = encodeReply(
      { content: [{ type: 'text', text: 'Hi' }], finish: { reason: 'stop' }, usage: ourUsage },
      edits,
    )
    const written = JSON.parse(String(reply)) as Record<string, unknown>
    const members =
      'id object created_at status error incomplete_details instructions metadata model ' +
      'output parallel_tool_calls temperature tool_choice tools top_p text usage'
    for (const member of members.split(' ')) {
      expect(written).toHaveProperty(member)
    }
  })

  test('repeats what was asked for', () => {
    const request = openAiResponses.decodeRequest(
      Buffer.from(
        JSON.stringify({
          model: 'm',
          input: 'x',
          instructions: 'Be brief',
          temperature: 0.3,
          previous_response_id: 'resp_0',
          metadata: { a: 'b' },
        }),
      ),
    )
    const reply = encodeReply(
      { content: [], finish: { reason: 'stop' }, usage: null },
      { ...edits, request },
    )
    expect(JSON.parse(String(reply))).toMatchObject({
      instructions: 'Be brief',
      temperature: 0.3,
      previous_response_id: 'resp_0',
      metadata: { a: 'b' },
      usage: null,
    })
  })
})

describe('a stream', () => {
  test('T41 is read the same however its bytes were cut', () => {
    const whole = decode([sse(stream)])
    expect(collectParts(whole.parts)).toEqual(content)
    expect(whole.end).toMatchObject({ ok: true, finish: { reason: 'tool_calls' }, usage: ourUsage })
    fc.assert(
      fc.property(cuts, (places) => {
        expect(decode(cut(sse(stream), places))).toEqual(whole)
      }),
    )
  })

  test('T41 is passed on the same however its bytes were cut, its end held back', () => {
    const whole = pass([sse(stream)])
    expect(whole.published).toHaveLength(stream.length - 1)
    expect(whole.published.slice(1)).toEqual(
      stream.slice(1, -1).map((event) => JSON.stringify(event)),
    )
    expect(whole.outputCharacters).toBe('HmGrüße{"at":1}'.length)
    expect(whole.end).toMatchObject({ ok: true, finishReason: 'tool_calls', usage: ourUsage })
    for (const payload of [whole.published[0], whole.end.ok ? whole.end.events.at(-1) : null]) {
      expect(JSON.parse(payload ?? '')).toMatchObject({
        response: { id: `resp_${requestId}`, model: 'acme/fast' },
      })
    }
    fc.assert(
      fc.property(cuts, (places) => {
        expect(pass(cut(sse(stream), places))).toEqual(whole)
      }),
    )
  })

  test('T49 events without a number get one', () => {
    const { published } = pass([sse(stream.map((event) => ({ ...event, sequence_number: null })))])
    expect(published.map((each) => (JSON.parse(each) as Event)['sequence_number'])).toEqual([
      ...published.keys(),
    ])
  })

  test('T03 calls that share an index are told apart by their items', () => {
    const item = (id: string, name: string) => ({
      type: 'function_call',
      id: `fc_${id}`,
      call_id: id,
      name,
      arguments: '',
    })
    const { parts } = decode([
      sse([
        { type: 'response.output_item.added', output_index: 0, item: item('a', 'one') },
        { type: 'response.output_item.added', output_index: 0, item: item('b', 'two') },
        {
          type: 'response.function_call_arguments.delta',
          output_index: 0,
          item_id: 'fc_a',
          delta: '1',
        },
        {
          type: 'response.function_call_arguments.delta',
          output_index: 0,
          item_id: 'fc_b',
          delta: '2',
        },
        { type: 'response.completed', response: { status: 'completed', usage } },
      ]),
    ])
    expect(collectParts(parts)).toMatchObject([
      { id: 'a', name: 'one', arguments: '1' },
      { id: 'b', name: 'two', arguments: '2' },
    ])
  })

  test.each([
    ['only ends of items', stream.filter(({ type }) => /item\.done|completed/.test(String(type)))],
    ['only the response', stream.filter(({ type }) => type === 'response.completed')],
  ])('of %s gives the same answer', (_, events) => {
    const { parts, end } = decode([sse(events)])
    expect(collectParts(parts)).toEqual(content)
    expect(end).toMatchObject({ ok: true, finish: { reason: 'tool_calls' } })
  })

  const error = { code: 'rate_limit_exceeded', message: 'slow down' }
  test.each([
    [
      'response.failed',
      [created, { type: 'response.failed', response: { ...response, status: 'failed', error } }],
      'rate_limit_exceeded',
      ourUsage,
    ],
    [
      'error event',
      [created, { type: 'error', ...error, param: null, sequence_number: 1 }],
      'rate_limit_exceeded',
      null,
    ],
    [
      'error event with an object',
      [created, { type: 'error', error: { type: 'server_error', ...error } }],
      'rate_limit_exceeded',
      null,
    ],
    ['no end', stream.slice(0, -1), 'upstream_error', null],
    [
      'a cancelled response',
      [created, { type: 'response.cancelled', response: { ...response, status: 'cancelled' } }],
      'upstream_error',
      ourUsage,
    ],
  ])('T46 T49 %s is an error, whatever came before', (_, events, code, counted) => {
    for (const { end } of [decode([sse(events)]), pass([sse(events)])]) {
      expect(end).toMatchObject({ ok: false, error: { code }, usage: counted })
    }
  })

  test('garbage and events that are too large are errors', () => {
    for (const text of [
      'data: {"type":\n\n',
      `data: {"x":"${'y'.repeat(20_000)}"}\n\n`,
      '<html>',
      'data: [DONE]\n\n',
    ]) {
      expect(decode([Buffer.from(text)]).end.ok).toBe(false)
      expect(pass([Buffer.from(text)]).end.ok).toBe(false)
    }
  })

  test('no bytes make it throw', () => {
    const event = fc.oneof(
      fc.json(),
      fc
        .record(
          { type: fc.constantFrom(...stream.map(({ type }) => String(type))) },
          { requiredKeys: [] },
        )
        .map((value) => JSON.stringify(value)),
    )
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const bytes = Buffer.from(events.map((data) => `data: ${data}\n\n`).join(''))
        decode([bytes])
        pass([bytes])
      }),
    )
  })
})

describe('an error before the stream', () => {
  test('keeps the words of the provider for a caller of this dialect', () => {
    const body = Buffer.from('{"error":{"message":"No such tool","type":"invalid_request_error"}}')
    const { verbatim } = openAiResponses.decodeError(400, {}, body)
    expect(verbatim).toEqual({ wire: 'openai-responses', status: 400, body: String(body) })
  })

  test.each([
    [400, { type: 'invalid_request_error', param: 'input' }, 400, 'invalid_request'],
    [401, { code: 'invalid_api_key' }, 502, 'upstream_auth'],
    [429, { code: 'rate_limit_exceeded' }, 429, 'rate_limit_exceeded'],
    [429, { type: 'insufficient_quota' }, 503, 'upstream_quota'],
    [503, { code: 'server_is_overloaded' }, 503, 'server_is_overloaded'],
    [500, {}, 502, 'upstream_error'],
  ])('T60 %i %j is %i %s', (status, found, ours, code) => {
    const body = Buffer.from(JSON.stringify({ error: { message: 'text', ...found } }))
    expect(openAiResponses.decodeError(status, {}, body)).toMatchObject({ status: ours, code })
  })
})
