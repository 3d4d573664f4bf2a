import { readFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { GatewayError } from '@sluice/kernel/errors'
import { collectParts } from '@sluice/wire/stream-parts'
import { conversionBetween } from '@sluice/wire/translate'
import type { ProviderFormat } from '@sluice/wire/wire-format'
import { anthropicMessages } from '@sluice/wire-anthropic-messages'
import { openAiChat } from '@sluice/wire-openai-chat'
import fc from 'fast-check'
import { bedrockConverse, bedrockInvoke } from './bedrock.ts'
import { createFrameDecoder, type Frame } from './frame-decoder.ts'

/** Written with the vendor's own codec. */
const fixture = (name: string) => {
  const file = new URL(`__fixtures__/${name}.base64.txt`, import.meta.url)
  return Buffer.from(readFileSync(file, 'utf8'), 'base64')
}

function header(name: string, value: string): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(Buffer.byteLength(value))
  return Buffer.concat([
    Buffer.of(name.length),
    Buffer.from(name),
    Buffer.of(7),
    length,
    Buffer.from(value),
  ])
}

function frame(headers: Record<string, string>, payload: unknown): Buffer {
  const named = Buffer.concat(Object.entries(headers).map(([name, value]) => header(name, value)))
  const body = Buffer.from(JSON.stringify(payload))
  const out = Buffer.alloc(16 + named.length + body.length)
  out.writeUInt32BE(out.length, 0)
  out.writeUInt32BE(named.length, 4)
  out.writeUInt32BE(crc32(out.subarray(0, 8)), 8)
  named.copy(out, 12)
  body.copy(out, 12 + named.length)
  out.writeUInt32BE(crc32(out.subarray(0, -4)), out.length - 4)
  return out
}
const event = (type: string, payload: unknown) =>
  frame({ ':event-type': type, ':message-type': 'event' }, payload)
const exception = (type: string, message: string) =>
  frame({ ':exception-type': type, ':message-type': 'exception' }, { message })

function decode(format: ProviderFormat, chunks: readonly Buffer[], maxEventBytes = 10_000) {
  const decoder = format.createPartDecoder({ requestId: 'r1', maxEventBytes })
  const parts = chunks.flatMap((chunk) => [...decoder.push(chunk)])
  const { done } = decoder
  const end = decoder.end()
  return { parts, content: collectParts([...parts, ...(end.ok ? end.parts : [])]), done, end }
}
const cutAt = (bytes: Buffer, cuts: readonly number[]) => {
  const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
  return edges.slice(1).map((to, i) => bytes.subarray(edges[i], to))
}

describe('frames', () => {
  const read = (chunks: readonly Buffer[], max = 10_000) => {
    const frames: Frame[] = []
    const decoder = createFrameDecoder(max, (each) => frames.push(each))
    for (const chunk of chunks) decoder.push(chunk)
    decoder.end()
    return frames.map(({ headers, payload }) => [headers.get(':event-type'), payload.toString()])
  }

  test('headers of every type are stepped over', () => {
    expect(read([fixture('2026-11-every-header-type')])).toEqual([['x', '{}']])
  })

  test('T41 frames are the same wherever the bytes are cut', () => {
    const bytes = fixture('2026-11-converse-stream')
    const whole = read([bytes])
    expect(whole).toHaveLength(15)
    for (let cut = 0; cut <= bytes.length; cut++) expect(read(cutAt(bytes, [cut]))).toEqual(whole)
    expect(read([...bytes].map((byte) => Buffer.of(byte)))).toEqual(whole)
  })

  test('one flipped bit anywhere is found', () => {
    const bytes = event('x', { a: 1 })
    for (let at = 0; at < bytes.length * 8; at++) {
      const damaged = Buffer.from(bytes)
      damaged[at >> 3] = (damaged[at >> 3] ?? 0) ^ (1 << (at & 7))
      expect(() => read([damaged])).toThrow(GatewayError)
    }
  })

  test('a frame that is larger than allowed is refused by its prelude, before it is held', () => {
    const large = event('x', { a: 'y'.repeat(20_000) })
    const decoder = createFrameDecoder(10_000, () => undefined)
    expect(() => {
      decoder.push(large.subarray(0, 12))
    }).toThrow(/larger than 10000/)
  })
})

describe('a Converse stream', () => {
  test('T04 T23 T52 thoughts, text, calls, and tokens in and out of the cache', () => {
    const { content, end, done } = decode(bedrockConverse, [fixture('2026-11-converse-stream')])
    expect(content).toEqual([
      {
        type: 'reasoning',
        text: 'Which city?',
        signature: 'EqQBCkgIARAB',
        origin: 'anthropic-messages',
      },
      { type: 'text', text: 'Zürich – I will look 😀.' },
      {
        type: 'tool-call',
        id: 'tooluse_0jAqBxkqTJWbXGzC',
        name: 'get_weather',
        arguments: '{"city": "Zürich"}',
      },
      { type: 'tool-call', id: 'tooluse_mF2bSx7pQ2K0aPqL', name: 'now', arguments: '{}' },
    ])
    expect(done).toBe(true)
    expect(end).toMatchObject({
      ok: true,
      finish: { reason: 'tool_calls', raw: 'tool_use' },
      usage: {
        input_tokens: 1_020,
        output_tokens: 33,
        cached_input_tokens: 900,
        cache_write_tokens: 100,
        cache_write_1h_tokens: 60,
      },
    })
  })

  const text = event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'x' } })
  const stop = (stopReason: string) => event('messageStop', { stopReason })

  test.each<[string, string]>([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['tool_use', 'tool_calls'],
    ['content_filtered', 'content_filter'],
    ['guardrail_intervened', 'content_filter'],
  ])('the stop reason %s is %s', (raw, reason) => {
    expect(decode(bedrockConverse, [text, stop(raw)]).end).toMatchObject({
      ok: true,
      finish: { reason, raw },
      usage: null,
    })
  })

  test.each<[string, Buffer[], string]>([
    ['closes early', [text], 'upstream_error'],
    ['is empty', [], 'upstream_error'],
    [
      'is throttled (T46)',
      [text, exception('throttlingException', 'Too many requests')],
      'rate_limit_exceeded',
    ],
    [
      'has no capacity (T46)',
      [exception('serviceUnavailableException', 'busy')],
      'server_is_overloaded',
    ],
    ['times out (T46)', [exception('modelTimeoutException', 'slow')], 'upstream_timeout'],
    ['breaks (T46)', [text, exception('modelStreamErrorException', 'broke')], 'upstream_error'],
    ['is refused inside (T46)', [exception('validationException', 'bad')], 'invalid_request'],
    [
      'has an unmodelled error',
      [
        frame(
          { ':message-type': 'error', ':error-code': 'InternalError', ':error-message': 'x' },
          {},
        ),
      ],
      'upstream_error',
    ],
    ['has a call that the model botched', [stop('malformed_tool_use')], 'upstream_error'],
    ['is cut inside a frame', [text.subarray(0, 40)], 'upstream_error'],
    ['is a web page (T64)', [Buffer.from('<html><body>502</body></html>')], 'upstream_error'],
    ['has an event that is no JSON', [event('messageStop', 'x')], 'upstream_error'],
    [
      'has a frame too large',
      [event('contentBlockDelta', { x: 'y'.repeat(20_000) })],
      'wire_event_too_large',
    ],
  ])('that %s is an error', (_, frames, code) => {
    expect(decode(bedrockConverse, frames).end).toMatchObject({ ok: false, error: { code } })
  })
})

describe('an invoke stream', () => {
  const bytes = fixture('2026-11-invoke-stream')

  test("has Anthropic's events in its frames", () => {
    const { content, end, done } = decode(bedrockInvoke, [bytes])
    expect(content).toEqual([{ type: 'text', text: 'Grüezi 😀' }])
    expect(done).toBe(true)
    expect(end).toMatchObject({
      ok: true,
      finish: { reason: 'stop' },
      usage: { input_tokens: 12, output_tokens: 9 },
    })
  })

  test('T46 T55 an exception, or a cut, is an error; what was counted before it is kept', () => {
    const begun = bytes.subarray(0, bytes.readUInt32BE(0))
    const failed = decode(bedrockInvoke, [begun, exception('throttlingException', 'x')])
    expect(failed.end).toMatchObject({
      ok: false,
      error: { code: 'rate_limit_exceeded' },
      usage: { input_tokens: 12 },
    })
    expect(decode(bedrockInvoke, [begun]).end.ok).toBe(false)
    expect(decode(bedrockInvoke, [bytes.subarray(0, -30)]).end.ok).toBe(false)
  })

  test("the request is Anthropic's, with its version in the body and the model in the address", () => {
    const target = {
      upstreamModel: 'arn:aws:bedrock:us-east-1:1:inference-profile/x',
      stream: true,
      maxTokens: null,
      traits: {},
    }
    const body = Buffer.from(
      JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }], max_tokens: 9 }),
    )
    const sent = conversionBetween(openAiChat, bedrockInvoke).encodeRequest(body, target)
    expect(JSON.parse(sent.body.toString())).toEqual({
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 9,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
    })
    const base = 'https://bedrock-runtime.us-east-1.amazonaws.com/'
    const model = 'arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fx'
    expect(bedrockInvoke.chatUrl(base, target)).toBe(
      `${base}model/${model}/invoke-with-response-stream`,
    )
    expect(bedrockConverse.chatUrl(base, target)).toBe(`${base}model/${model}/converse-stream`)
    expect(bedrockConverse.chatUrl(base, { ...target, stream: false })).toBe(
      `${base}model/${model}/converse`,
    )
  })
})

describe("a caller of Anthropic's dialect at Claude's invoke", () => {
  const conversion = conversionBetween(anthropicMessages, bedrockInvoke)
  const edits = {
    model: 'acme/claude',
    includeUsage: true,
    requestId: 'r1',
    created: 7,
    maxEventBytes: 10_000,
    request: null,
  }

  test('T59 is passed through: unknown members stay, betas are named in the body for the members that need them', () => {
    const body = Buffer.from(
      '{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"hi"}],"vendor":1.0,"context_management":{"edits":[]},"tools":[{"name":"f","input_schema":{},"defer_loading":true}]}',
    )
    const traits = {
      anthropicBetas: ['context-management-2025-06-27', 'tool-search-tool-2025-10-19'],
    }
    const target = { upstreamModel: 'x', stream: true, maxTokens: null, traits }
    const sent = conversion.encodeRequest(body, target)
    expect(sent.request).toBeNull()
    expect(sent.body.toString()).toContain('"vendor":1.0')
    expect(JSON.parse(sent.body.toString())).toMatchObject({
      anthropic_version: 'bedrock-2023-05-31',
      anthropic_beta: traits.anthropicBetas,
      context_management: { edits: [] },
    })
    expect(JSON.parse(sent.body.toString())).not.toHaveProperty('stream')
    const none = conversion.encodeRequest(body, { ...target, traits: { anthropicBetas: [] } })
    const bare = JSON.parse(none.body.toString()) as object
    expect(bare).not.toHaveProperty('anthropic_beta')
    expect(bare).not.toHaveProperty('context_management')
  })

  test('T39 files that were fetched for it take the place of their addresses', () => {
    const image = { type: 'image', source: { type: 'url', url: 'https://x/a.png' } }
    const other = { type: 'image', source: { type: 'url', url: 'https://x/b.png' } }
    const result = { type: 'tool_result', tool_use_id: 't', content: [image] }
    const messages = [{ role: 'user', content: [image, other, result] }]
    const media = new Map([['https://x/a.png', { mediaType: 'image/png', data: 'AA==' }]])
    const target = { upstreamModel: 'x', stream: false, maxTokens: null, traits: {}, media }
    const body = Buffer.from(JSON.stringify({ model: 'm', max_tokens: 9, messages }))
    const inlined = {
      type: 'image',
      source: { type: 'base64', media_type: 'image/png', data: 'AA==' },
    }
    expect(JSON.parse(conversion.encodeRequest(body, target).body.toString())).toMatchObject({
      messages: [{ content: [inlined, other, { content: [inlined] }] }],
    })
  })

  test("gets Anthropic's events as they were, with the model's name", () => {
    const passing = conversion.createStreamDecoder(edits)
    const published = [...fixture('2026-11-invoke-stream')].flatMap((byte) => [
      ...passing.push(Buffer.of(byte)),
    ])
    const end = passing.end()
    expect(end).toMatchObject({
      ok: true,
      finishReason: 'stop',
      usage: { input_tokens: 12, output_tokens: 9 },
    })
    expect(published[0]).toContain('"model":"acme/claude"')
    expect(published.join('')).toContain('msg_bdrk_01')
    expect(passing.outputCharacters).toBe(9)
    const failing = conversion.createStreamDecoder(edits)
    failing.push(exception('throttlingException', 'x'))
    expect(failing.end()).toMatchObject({ ok: false, error: { code: 'rate_limit_exceeded' } })
  })
})

describe('any stream', () => {
  test.each([
    ['2026-11-converse-stream', bedrockConverse],
    ['2026-11-invoke-stream', bedrockInvoke],
  ] as const)('T41 %s gives the same parts however its bytes are cut', (name, format) => {
    const bytes = fixture(name)
    const whole = decode(format, [bytes])
    fc.assert(
      fc.property(fc.array(fc.nat({ max: bytes.length }), { maxLength: 20 }), (cuts) => {
        expect(decode(format, cutAt(bytes, cuts))).toMatchObject({
          parts: whole.parts,
          end: whole.end,
        })
      }),
    )
  })

  test('garbage never throws, and never looks whole', () => {
    const types = [
      'contentBlockStart',
      'contentBlockDelta',
      'contentBlockStop',
      'metadata',
      'chunk',
    ]
    const noise = fc.oneof(
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc
        .array(fc.tuple(fc.constantFrom(...types), fc.jsonValue()))
        .map((events) => Buffer.concat(events.map(([type, value]) => event(type, value)))),
      fc.array(fc.tuple(fc.constantFrom('start', 'delta'), fc.jsonValue())).map((events) =>
        Buffer.concat(
          events.map(([name, value]) =>
            event(name === 'start' ? 'contentBlockStart' : 'contentBlockDelta', {
              contentBlockIndex: 0,
              [name]: { toolUse: value, text: value, reasoningContent: value },
            }),
          ),
        ),
      ),
    )
    fc.assert(
      fc.property(noise, (bytes) => {
        for (const format of [bedrockConverse, bedrockInvoke])
          expect(decode(format, [bytes]).end.ok).toBe(false)
      }),
      { numRuns: 300 },
    )
  })
})

describe('a Converse reply', () => {
  const replyOf = (content: object[], more: object = {}) =>
    Buffer.from(
      JSON.stringify({
        output: { message: { role: 'assistant', content } },
        stopReason: 'end_turn',
        ...more,
      }),
    )

  test('blocks become parts, calls the reason for the end', () => {
    const content = [
      { reasoningContent: { reasoningText: { text: 'hm', signature: 's' } } },
      { reasoningContent: { redactedContent: 'AAEC' } },
      { text: 'Hello' },
      { toolUse: { toolUseId: 't1', name: 'f', input: { a: [] } } },
    ]
    const usage = { inputTokens: 3, outputTokens: 4, totalTokens: 7 }
    expect(
      bedrockConverse.decodeReply(replyOf(content, { usage }), {
        requestId: 'r',
        maxEventBytes: 1,
      }),
    ).toEqual({
      content: [
        { type: 'reasoning', text: 'hm', signature: 's', origin: 'anthropic-messages' },
        { type: 'reasoning', text: '', redacted: 'AAEC', origin: 'bedrock-converse' },
        { type: 'text', text: 'Hello' },
        { type: 'tool-call', id: 't1', name: 'f', arguments: '{"a":[]}' },
      ],
      finish: { reason: 'tool_calls', raw: 'end_turn' },
      usage: expect.objectContaining({ input_tokens: 3, output_tokens: 4, cached_input_tokens: 0 }),
    })
  })

  test.each(['', '{}', '<html>', '[]', '{"output":{}}', '{"message":"x"}'])(
    'T64 what is no answer is a failure of the provider: %s',
    (body) => {
      expect(() =>
        bedrockConverse.decodeReply(Buffer.from(body), { requestId: 'r', maxEventBytes: 1 }),
      ).toThrow(GatewayError)
    },
  )
})

test.each<[number, string, string, string]>([
  [429, 'ThrottlingException', 'Too many requests', 'rate_limit_exceeded'],
  [
    429,
    'ThrottlingException',
    'Too many tokens per day, please wait before trying again.',
    'upstream_quota',
  ],
  [429, 'ModelNotReadyException', 'warming up', 'rate_limit_exceeded'],
  [503, 'ServiceUnavailableException', 'busy', 'server_is_overloaded'],
  [400, 'ValidationException', 'Malformed input request', 'invalid_request'],
  [400, 'ServiceQuotaExceededException', 'limit of 123', 'upstream_quota'],
  [403, 'AccessDeniedException', 'arn:aws:iam::123', 'upstream_auth'],
  [403, 'UnrecognizedClientException', 'The security token is invalid', 'upstream_auth'],
  [400, 'ExpiredTokenException', 'expired', 'upstream_auth'],
  [404, 'ResourceNotFoundException', 'no such model', 'model_not_found'],
  [408, 'ModelTimeoutException', 'slow', 'upstream_timeout'],
  [424, 'ModelErrorException', 'broke', 'upstream_error'],
  [500, 'InternalServerException', 'oops', 'upstream_error'],
])('T60 %d %s (%s) is %s', (status, name, message, code) => {
  const body = Buffer.from(JSON.stringify({ message }))
  const headers = {
    'x-amzn-errortype': `${name}:http://internal.amazon.com/coral/com.amazon.bedrock/`,
  }
  const error = bedrockConverse.decodeError(status, headers, body)
  expect(error.code).toBe(code)
  if (code === 'upstream_auth' || code === 'upstream_quota')
    expect(error.message).not.toContain(message)
})
