import { describe, expect, test } from '@jest/globals'
import type { Traits } from '@sluice/contracts/generation/traits'
import { type CanonicalRequest, noSampling } from '@sluice/wire/canonical-request'
import { plainRequest } from '@sluice/wire-testing/samples'
import { encodeRequest } from './encode-request.ts'

const encode = (
  changes: Partial<CanonicalRequest>,
  traits: Traits = {},
  { stream = false, maxTokens = null as number | null } = {},
) => {
  const request = { ...plainRequest, ...changes }
  const encoded = encodeRequest(request, { upstreamModel: 'm', stream, maxTokens, traits })
  const body = JSON.parse(encoded.body.toString()) as Record<string, unknown>
  return { ...encoded, body }
}
const text = (value: string) => ({ type: 'text' as const, text: value })

describe('parameters', () => {
  test('M-009, T30 what the model refuses is left out and reported; the limit has the name that it wants', () => {
    const sampling = { ...noSampling, temperature: 0.1, topP: 1 }
    const { body, adapted } = encode(
      { sampling, maxTokens: 9 },
      { refuses: ['temperature', 'top_p'], maxTokensName: 'max_completion_tokens' },
    )
    expect(body).toMatchObject({ max_completion_tokens: 9 })
    expect(body).not.toHaveProperty('max_tokens')
    expect(body).not.toHaveProperty('temperature')
    expect(adapted).toEqual(['temperature', 'top_p'])
  })

  test('M-009, T37 what this wire cannot say is reported', () => {
    const { body, adapted } = encode({ sampling: { ...noSampling, topK: 5, seed: 7 } })
    expect(body).toMatchObject({ seed: 7 })
    expect(adapted).toEqual(['top_k'])
  })

  test('M-009 a member that this wire does not know is reported by its name', () => {
    const { body, adapted } = encode({
      extra: { mcp_servers: [], container: 'c', verbosity: 'low' },
    })
    expect(body).toMatchObject({ verbosity: 'low' })
    expect(adapted).toEqual(['mcp_servers', 'container'])
  })

  test('T38 metadata goes with store alone; the user goes always', () => {
    const metadata = { a: 'b' }
    expect(encode({ metadata, user: 'u1' })).toMatchObject({
      body: { user: 'u1' },
      adapted: ['metadata'],
    })
    expect(encode({ metadata, extra: { store: true } }).body).toMatchObject({
      metadata,
      store: true,
    })
  })

  test('T44 usage is asked for on a stream, unless the provider refuses that', () => {
    expect(encode({}, {}, { stream: true }).body).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    })
    const refusing = encode({}, { streamOptions: false }, { stream: true })
    expect(refusing.body).not.toHaveProperty('stream_options')
    expect(encode({}).body).not.toHaveProperty('stream')
  })

  test('the cap of an alias lowers the limit, and is one where there was none', () => {
    expect(encode({ maxTokens: 50 }, {}, { maxTokens: 20 })).toMatchObject({
      body: { max_tokens: 20 },
      adapted: ['max_tokens'],
    })
    expect(encode({ maxTokens: null }, {}, { maxTokens: 20 }).body).toMatchObject({
      max_tokens: 20,
    })
    expect(encode({ maxTokens: 10 }, {}, { maxTokens: 20 })).toMatchObject({
      body: { max_tokens: 10 },
      adapted: [],
    })
  })

  test('T27 a budget of thoughts is named as an effort', () => {
    const reasoning = { effort: null, budgetTokens: 9_000, visible: null }
    expect(encode({ reasoning }).body).toMatchObject({ reasoning_effort: 'medium' })
    expect(encode({ reasoning: { ...reasoning, budgetTokens: 0 } }).body).toMatchObject({
      reasoning_effort: 'none',
    })
  })
})

describe('tools', () => {
  const tool = (name: string) => ({
    type: 'function' as const,
    name,
    description: null,
    parameters: { type: 'object', properties: {}, required: [] },
    strict: null,
  })

  test('T12 names are made safe, the same everywhere, and can be told back', () => {
    const dotted = 'files/read.v2'
    const long = 'a'.repeat(90)
    const { body, hints } = encode({
      tools: [tool(dotted), tool(long), tool('files_read_v2')],
      toolChoice: { type: 'tool', name: dotted },
    })
    const names = (body['tools'] as { function: { name: string } }[]).map(
      (each) => each.function.name,
    )
    expect(new Set(names).size).toBe(3)
    for (const name of names) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
    expect(body['tool_choice']).toEqual({ type: 'function', function: { name: names[0] } })
    expect(hints?.toolNames?.get(names[0] ?? '')).toBe(dotted)
    expect(hints?.toolNames?.get(names[1] ?? '')).toBe(long)
  })

  test('T22 a tool that the vendor of another wire runs is left out and reported', () => {
    const native = { type: 'web_search_20250305', name: 'web_search' }
    const { body, adapted } = encode({
      tools: [{ type: 'native', wire: 'anthropic-messages', definition: native }],
      toolChoice: { type: 'auto' },
    })
    expect(body).not.toHaveProperty('tools')
    expect(body).not.toHaveProperty('tool_choice')
    expect(adapted).toEqual(['tools'])
  })

  test('T11 ids are made to fit, the same for a call and its result, and never cut', () => {
    const id = `toolu_${'x'.repeat(60)}`
    const other = `toolu_${'x'.repeat(59)}y`
    const history: CanonicalRequest['messages'] = [
      {
        role: 'assistant',
        content: [id, other].map((each) => ({
          type: 'tool-call',
          id: each,
          name: 'f',
          arguments: '',
        })),
      },
      {
        role: 'tool',
        results: [other, id].map((callId) => ({ callId, content: [text('1')], isError: false })),
      },
    ]
    for (const [traits, shape] of [
      [{}, /^call_[0-9A-Za-z]{24}$/],
      [{ toolCallId: 'nine-alphanumerics' }, /^[0-9A-Za-z]{9}$/],
    ] as const) {
      const { messages } = encode({ messages: history }, traits).body as {
        messages: [
          { tool_calls: { id: string; function: object }[] },
          ...{ tool_call_id: string }[],
        ]
      }
      const [{ tool_calls: calls }, ...results] = messages
      expect(calls[0]?.id).toMatch(shape)
      expect(results.map((result) => result.tool_call_id)).toEqual([calls[1]?.id, calls[0]?.id])
      expect(calls[0]?.function).toEqual({ name: 'f', arguments: '{}' })
    }
  })

  test('T18 texts of a result are joined, its failure is told, its images follow as the user', () => {
    const image = { kind: 'url' as const, url: 'https://example.com/a.png' }
    const { body } = encode({
      messages: [
        {
          role: 'tool',
          results: [
            {
              callId: 'call_1',
              isError: true,
              content: [text('no'), text('way'), { type: 'image', source: image }],
            },
          ],
        },
      ],
    })
    expect(body['messages']).toEqual([
      { role: 'tool', tool_call_id: 'call_1', content: 'Error: no\nway' },
      { role: 'user', content: [{ type: 'image_url', image_url: { url: image.url } }] },
    ])
  })
})

describe('thoughts', () => {
  const messages: CanonicalRequest['messages'] = [
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'hm', signature: 's', origin: 'anthropic-messages' },
        { type: 'tool-call', id: 'call_1', name: 'f', arguments: '{}', signature: 'g' },
      ],
    },
  ]

  test('T24 those of another provider are left out', () => {
    expect(JSON.stringify(encode({ messages }).body)).not.toMatch(/hm|"s"/)
  })

  test('T26 a model that wants its own back gets them', () => {
    const { body } = encode({ messages }, { replaysReasoning: true })
    expect(body['messages']).toMatchObject([{ reasoning_content: 'hm' }])
  })

  test('T25 the signature of a call travels beside it', () => {
    expect(encode({ messages }).body['messages']).toMatchObject([
      { tool_calls: [{ extra_content: { google: { thought_signature: 'g' } } }] },
    ])
  })
})
