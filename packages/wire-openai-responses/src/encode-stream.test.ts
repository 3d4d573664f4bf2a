import { describe, expect, test } from '@jest/globals'
import { noUsage } from '@sluice/contracts/usage'
import type { Finish, StreamPart } from '@sluice/wire/canonical-reply'
import { collectParts } from '@sluice/wire/stream-parts'
import fc from 'fast-check'
import OpenAI from 'openai'
import type { Response as OpenAiResponse } from 'openai/resources/responses/responses'
import { createPartDecoder } from './decode-stream.ts'
import { decodeRequest } from './decode-request.ts'
import { encodeErrorEvent } from './encode-error.ts'
import { createPartEncoder } from './encode-stream.ts'
import { encodeReply } from './encode-reply.ts'
import { eventName } from './event-name.ts'
import { passRequest } from './pass-request.ts'

const requestId = '0190f5fe-0000-7000-8000-000000000001'
const edits = {
  model: 'acme/fast',
  includeUsage: true,
  requestId,
  created: 1_700_000_000,
  maxEventBytes: 1_000_000,
  request: null,
}
const usage = {
  ...noUsage,
  input_tokens: 10,
  output_tokens: 7,
  reasoning_tokens: 2,
  cached_input_tokens: 4,
}
const stop: Finish = { reason: 'stop' }
const calls: Finish = { reason: 'tool_calls' }

interface Event {
  type: string
  sequence_number: number
  output_index?: number
  item_id?: string
  item?: { id: string; status?: string; type: string }
  response?: OpenAiResponse & { usage: unknown }
}

function encode(parts: readonly StreamPart[], finish: Finish = stop, asked = edits): string[] {
  const encoder = createPartEncoder(asked)
  return [...parts.flatMap((part) => encoder.encode([part])), ...encoder.end(finish, usage)]
}
const eventsOf = (payloads: readonly string[]) => payloads.map((each) => JSON.parse(each) as Event)
const typesOf = (payloads: readonly string[]) => eventsOf(payloads).map(({ type }) => type)
const sse = (payloads: readonly string[]) =>
  payloads.map((each) => `event: ${eventName(each) ?? ''}\ndata: ${each}\n\n`).join('')

/** What the official SDK makes of a stream; it refuses one that is out of order. */
async function readWithSdk(payloads: readonly string[], body: object = {}) {
  const client = new OpenAI({
    apiKey: 'k',
    baseURL: 'http://gateway.test/v1',
    maxRetries: 0,
    fetch: () =>
      Promise.resolve(
        new Response(sse(payloads), { headers: { 'content-type': 'text/event-stream' } }),
      ),
  })
  const stream = client.responses.stream({ model: 'acme/fast', input: 'Hi', ...body })
  const seen: string[] = []
  for await (const event of stream) seen.push(event.type)
  return { seen, response: await stream.finalResponse() }
}

const text = (...pieces: string[]): StreamPart[] =>
  pieces.map((piece) => ({ type: 'text', text: piece }))
const call = (index: number, name: string): StreamPart => ({
  type: 'tool-call',
  index,
  id: `call_${String(index)}`,
  name,
})
const argue = (index: number, json: string): StreamPart => ({
  type: 'tool-arguments',
  index,
  text: json,
})

describe('a stream of text', () => {
  test('T49 has its events in order, each with the next number', () => {
    const payloads = encode(text('Hel', 'lo'))
    expect(typesOf(payloads)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ])
    expect(eventsOf(payloads).map(({ sequence_number: number }) => number)).toEqual([
      ...payloads.keys(),
    ])
  })

  test.each([
    ['stop', 'response.completed', null],
    ['length', 'response.incomplete', 'max_output_tokens'],
    ['content_filter', 'response.incomplete', 'content_filter'],
  ] as const)('T49 %s ends as %s, with usage', (reason, type, why) => {
    const last = eventsOf(encode(text('Hello'), { reason })).at(-1)
    expect(last).toMatchObject({
      type,
      response: {
        id: `resp_${requestId}`,
        incomplete_details: why === null ? null : { reason: why },
        usage: {
          input_tokens: 10,
          input_tokens_details: { cached_tokens: 4 },
          output_tokens: 7,
          output_tokens_details: { reasoning_tokens: 2 },
          total_tokens: 17,
        },
      },
    })
  })

  test('T49 a stream that failed ends as response.failed, with usage, numbered after the event before it, under the same name', () => {
    const [created, , last] = encode(text('Hello')).slice(0, 3)
    const error = { code: 'upstream_error', status: 502, message: 'It broke', retryable: true }
    const failed = JSON.parse(
      encodeErrorEvent(error, requestId, last ?? null, { model: 'acme/fast', usage }),
    ) as Event
    expect(failed).toMatchObject({
      type: 'response.failed',
      sequence_number: 3,
      response: {
        id: `resp_${requestId}`,
        status: 'failed',
        model: 'acme/fast',
        error: { code: 'server_error' },
        usage: { output_tokens: 7 },
      },
    })
    expect(failed.response?.id).toBe((JSON.parse(created ?? '') as Event).response?.id)
  })

  test('the SDK gives text, usage and status', async () => {
    const { response } = await readWithSdk(encode(text('Grü', 'ße ☂')))
    expect(response.output_text).toBe('Grüße ☂')
    expect(response.status).toBe('completed')
    expect(response.usage?.total_tokens).toBe(17)
  })

  test('the SDK takes a failure in mid-stream for one, whatever was said before', async () => {
    const begun = encode(text('Hello')).slice(0, 5)
    const error = { code: 'upstream_error', status: 502, message: 'It broke', retryable: true }
    const { response } = await readWithSdk([
      ...begun,
      encodeErrorEvent(error, requestId, begun.at(-1) ?? null),
    ])
    expect(response.status).toBe('failed')
    expect(response.error?.message).toContain('It broke')
  })

  test('a refusal is a part of its own', async () => {
    const { response } = await readWithSdk(
      encode([...text('Well, '), { type: 'refusal', text: 'no.' }]),
    )
    expect(response.output).toMatchObject([
      {
        type: 'message',
        content: [
          { type: 'output_text', text: 'Well, ' },
          { type: 'refusal', refusal: 'no.' },
        ],
      },
    ])
  })
})

describe('a stream with calls', () => {
  const tools = [
    { type: 'function', name: 'weather', strict: true, parameters: { type: 'object' } },
    { type: 'function', name: 'time', strict: true, parameters: { type: 'object' } },
  ]

  test('T01 calls that interleave are told apart, and the SDK parses their arguments', async () => {
    const parts = [
      ...text('Let me see.'),
      call(0, 'weather'),
      argue(0, '{"city":'),
      call(1, 'time'),
      argue(1, '{"zone"'),
      argue(0, '"Köln"}'),
      argue(1, ':"CET"}'),
    ]
    const { response } = await readWithSdk(encode(parts, calls), { tools })
    expect(response.output).toMatchObject([
      { type: 'message', status: 'completed' },
      {
        type: 'function_call',
        call_id: 'call_0',
        name: 'weather',
        parsed_arguments: { city: 'Köln' },
        status: 'completed',
      },
      {
        type: 'function_call',
        call_id: 'call_1',
        name: 'time',
        parsed_arguments: { zone: 'CET' },
        status: 'completed',
      },
    ])
  })

  test('T04 a call without arguments has an empty object', async () => {
    const { response } = await readWithSdk(encode([call(0, 'time')], calls), { tools })
    expect(response.output).toMatchObject([{ type: 'function_call', arguments: '{}' }])
  })

  test('T09 a call that is cut stays cut', () => {
    const last = eventsOf(encode([call(0, 'time'), argue(0, '{"zo')], { reason: 'length' })).at(-1)
    expect(last?.response?.status).toBe('incomplete')
    expect(last?.response?.output).toMatchObject([{ arguments: '{"zo', status: 'incomplete' }])
  })

  test('arguments that come after text are not lost', async () => {
    const parts = [call(0, 'time'), argue(0, '{"zone":'), ...text('hm'), argue(0, '"CET"}')]
    const { response } = await readWithSdk(encode(parts, calls), { tools })
    expect(response.output).toMatchObject([
      { parsed_arguments: { zone: 'CET' } },
      { type: 'message' },
    ])
  })
})

test('T25 the signature of a call comes back with its item, and goes to no provider of this wire', async () => {
  const signed: StreamPart = {
    type: 'tool-call',
    index: 0,
    id: 'call_0',
    name: 'time',
    signature: 'sig',
  }
  const { response } = await readWithSdk(encode([signed, argue(0, '{}')], calls))
  const body = Buffer.from(JSON.stringify({ model: 'm', input: response.output }))
  const call = { type: 'tool-call', id: 'call_0', name: 'time', arguments: '{}', signature: 'sig' }
  expect(decodeRequest(body).messages).toEqual([{ role: 'assistant', content: [call] }])
  const plain = encodeReply({ content: collectParts([signed]), finish: calls, usage }, edits)
  expect(String(plain)).toContain('"thought_signature":"sig"')
  const target = { upstreamModel: 'm', stream: false, maxTokens: null, traits: {} }
  expect(String(passRequest(body, target).body)).not.toContain('sig')
})

describe('a stream of thoughts', () => {
  test('T23 what another wire signed comes back from the caller as it was', async () => {
    const parts: StreamPart[] = [
      { type: 'reasoning', text: 'Hm.' },
      { type: 'reasoning-signature', signature: 'sig', origin: 'anthropic-messages' },
      ...text('Yes'),
    ]
    const { response, seen } = await readWithSdk(encode(parts))
    expect(seen).toContain('response.reasoning_summary_text.done')
    const input = response.output.filter(({ type }) => type !== 'message')
    const { messages } = decodeRequest(Buffer.from(JSON.stringify({ model: 'm', input })))
    expect(messages).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'Hm.', signature: 'sig', origin: 'anthropic-messages' },
        ],
      },
    ])
  })

  test('T23 also without a text', () => {
    const payloads = encode([
      { type: 'reasoning-signature', redacted: 'xyz', origin: 'anthropic-messages' },
    ])
    expect(eventsOf(payloads).at(-1)?.response?.output).toMatchObject([
      { type: 'reasoning', summary: [] },
    ])
  })
})

const arbitraryParts = fc
  .array(
    fc.oneof(
      fc.record({ kind: fc.constant('text' as const), value: fc.string({ minLength: 1 }) }),
      fc.record({ kind: fc.constant('refusal' as const), value: fc.string({ minLength: 1 }) }),
      fc.record({ kind: fc.constant('reasoning' as const), value: fc.string({ minLength: 1 }) }),
      fc.record({ kind: fc.constant('call' as const), value: fc.string({ minLength: 1 }) }),
      fc.record({ kind: fc.constant('arguments' as const), value: fc.string(), at: fc.nat(3) }),
    ),
  )
  .map((pieces) => {
    let count = 0
    return pieces.flatMap((piece): StreamPart[] => {
      if (piece.kind === 'call') {
        return [
          { type: 'tool-call', index: count, id: `call_${String(count++)}`, name: piece.value },
        ]
      }
      if (piece.kind === 'arguments') {
        return count === 0
          ? []
          : [{ type: 'tool-arguments', index: piece.at % count, text: piece.value }]
      }
      return [{ type: piece.kind, text: piece.value }]
    })
  })

describe('any answer', () => {
  test('T49 no order of parts makes an event come out of place', () => {
    fc.assert(
      fc.property(
        arbitraryParts,
        fc.constantFrom('stop', 'length', 'content_filter'),
        (parts, reason) => {
          const events = eventsOf(encode(parts, { reason }))
          const open = new Map<string, number>()
          let places = 0
          for (const [i, event] of events.entries()) {
            expect(event.sequence_number).toBe(i)
            if (event.type === 'response.output_item.added') {
              expect(event.output_index).toBe(places)
              open.set(event.item?.id ?? '', places++)
            } else if (event.type === 'response.output_item.done') {
              expect(open.get(event.item?.id ?? '')).toBe(event.output_index)
              open.delete(event.item?.id ?? '')
            } else if (event.item_id !== undefined) {
              expect(open.get(event.item_id)).toBe(event.output_index)
            }
          }
          expect(open.size).toBe(0)
          expect(events.at(-1)?.response?.output).toHaveLength(places)
          expect(eventName(JSON.stringify(events[0]))).toBe('response.created')
        },
      ),
    )
  })

  test('a stream and a plain reply hold the same, and decoding gives back what was encoded', () => {
    fc.assert(
      fc.property(arbitraryParts, (parts) => {
        const payloads = encode(parts)
        const decoder = createPartDecoder({ requestId, maxEventBytes: 1_000_000 })
        const decoded = [...decoder.push(Buffer.from(sse(payloads)))]
        const end = decoder.end()
        expect(end).toMatchObject({ ok: true, usage })
        const said = withoutBlanks(collectParts(parts))
        expect(withoutBlanks(collectParts(decoded))).toEqual(said)
        const reply = JSON.parse(
          String(encodeReply({ content: collectParts(parts), finish: stop, usage }, edits)),
        ) as Event['response']
        expect(reply?.usage).toEqual(eventsOf(payloads).at(-1)?.response?.usage)
      }),
    )
  })
})

/** A call without arguments is one with none. */
function withoutBlanks(content: ReturnType<typeof collectParts>) {
  return content.map((part) =>
    part.type === 'tool-call' && part.arguments === '' ? { ...part, arguments: '{}' } : part,
  )
}
