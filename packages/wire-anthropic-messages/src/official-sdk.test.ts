import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import Anthropic from '@anthropic-ai/sdk'
import { noUsage } from '@sluice/contracts/usage'
import { generationError, wireErrors } from '@sluice/wire/errors'
import { asStreamParts } from '@sluice/wire/stream-parts'
import type { AssistantPart } from '@sluice/wire/canonical-request'
import type { Finish, StreamPart } from '@sluice/wire/canonical-reply'
import type { ReplyEdits } from '@sluice/wire/wire-format'
import { framed } from '@sluice/wire-testing/framed'
import { anthropicMessages as format } from './anthropic-messages.ts'

const edits: ReplyEdits = {
  model: 'acme/fast',
  includeUsage: true,
  requestId: 'r1',
  created: 1,
  maxEventBytes: 100_000,
  request: null,
}
const usage = { ...noUsage, input_tokens: 30, output_tokens: 12, cached_input_tokens: 10 }

/** What the SDK makes of a stream. */
async function read(payloads: readonly string[], status = 200) {
  const server = createServer((_, response) => {
    const type = status === 200 ? 'text/event-stream' : 'application/json'
    response.writeHead(status, { 'content-type': type })
    response.end(status === 200 ? framed(format, payloads) : payloads.join(''))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const baseURL = `http://127.0.0.1:${String(port)}`
  const client = new Anthropic({ baseURL, apiKey: 'k', maxRetries: 0 })
  try {
    const messages = [{ role: 'user' as const, content: 'hi' }]
    return await client.messages.stream({ model: 'm', max_tokens: 9, messages }).finalMessage()
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
function encode(parts: readonly StreamPart[], finish: Finish): string[] {
  const encoder = format.createPartEncoder(edits)
  return [...parts.flatMap((part) => encoder.encode([part])), ...encoder.end(finish, usage)]
}
const call = (id: string, name: string, value: string): AssistantPart => ({
  type: 'tool-call',
  id,
  name,
  arguments: value,
})

describe('what is encoded, read by Anthropic’s SDK', () => {
  test('T45 a plain answer, streamed', async () => {
    const parts = asStreamParts([{ type: 'text', text: 'Grüße ☀️' }])
    const message = await read(encode(parts, { reason: 'stop' }))
    expect(message).toMatchObject({
      model: 'acme/fast',
      content: [{ type: 'text', text: 'Grüße ☀️' }],
      stop_reason: 'end_turn',
      usage: {
        input_tokens: 20,
        cache_read_input_tokens: 10,
        cache_creation_input_tokens: 0,
        output_tokens: 12,
      },
    })
  })

  test('T05 a call after text, and one without arguments', async () => {
    const content: AssistantPart[] = [
      { type: 'text', text: 'Let me look.' },
      call('toolu_1', 'get_weather', '{"place":"Lima"}'),
      call('toolu_2', 'get_time', ''),
    ]
    const message = await read(encode(asStreamParts(content), { reason: 'tool_calls' }))
    expect(message.content).toMatchObject([
      { type: 'text', text: 'Let me look.' },
      { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { place: 'Lima' } },
      { type: 'tool_use', id: 'toolu_2', name: 'get_time', input: {} },
    ])
    expect(message.stop_reason).toBe('tool_use')
  })

  test('T01 parallel calls whose pieces interleave', async () => {
    const begin = (index: number): StreamPart => ({
      type: 'tool-call',
      index,
      id: `toolu_${String(index)}`,
      name: `tool_${String(index)}`,
    })
    const piece = (index: number, text: string): StreamPart => ({
      type: 'tool-arguments',
      index,
      text,
    })
    const parts = [
      begin(0),
      begin(1),
      piece(0, '{"a":'),
      piece(1, '{"b":'),
      begin(2),
      piece(1, '2}'),
      piece(0, '1}'),
      piece(2, '{"c":3}'),
    ]
    const message = await read(encode(parts, { reason: 'tool_calls' }))
    expect(message.content).toMatchObject([
      { id: 'toolu_0', input: { a: 1 } },
      { id: 'toolu_1', input: { b: 2 } },
      { id: 'toolu_2', input: { c: 3 } },
    ])
  })

  test('T02 T23 thoughts with their signatures, before the answer', async () => {
    const origin = 'anthropic-messages' as const
    const content: AssistantPart[] = [
      { type: 'reasoning', text: 'hm', signature: 'c2ln', origin },
      { type: 'reasoning', text: '', redacted: 'cmVk', origin },
      { type: 'text', text: 'So.' },
    ]
    const message = await read(encode(asStreamParts(content), { reason: 'stop' }))
    expect(message.content).toMatchObject([
      { type: 'thinking', thinking: 'hm', signature: 'c2ln' },
      { type: 'redacted_thinking', data: 'cmVk' },
      { type: 'text', text: 'So.' },
    ])
  })

  test('T46 an error in the middle is an error of its type', async () => {
    const payloads = encode(asStreamParts([{ type: 'text', text: 'So' }]), { reason: 'stop' })
    const error = format.encodeErrorEvent(
      generationError(wireErrors.server_is_overloaded),
      'r1',
      null,
    )
    const failed = read([...payloads.slice(0, 3), error])
    await expect(failed).rejects.toMatchObject({ type: 'overloaded_error' })
  })

  test('T60 an error instead of an answer', async () => {
    const error = generationError(wireErrors.rate_limit_exceeded)
    const failed = read([format.encodeError(error, 'r1')], format.errorStatus(error))
    await expect(failed).rejects.toMatchObject({ status: 429, type: 'rate_limit_error' })
  })
})
