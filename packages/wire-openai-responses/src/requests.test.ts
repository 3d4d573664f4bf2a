import { describe, expect, test } from '@jest/globals'
import { GatewayError } from '@sluice/kernel/errors'
import { type CanonicalRequest, noSampling } from '@sluice/wire/canonical-request'
import fc from 'fast-check'
import { decodeRequest } from './decode-request.ts'
import { encodeRequest } from './encode-request.ts'
import { itemId, sealThoughts } from './gateway-made.ts'
import { parseRequest } from './parse-request.ts'
import { passRequest } from './pass-request.ts'

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value))
const target = { upstreamModel: 'gpt-9', stream: false, maxTokens: null, traits: {} }
const decode = (body: object) => decodeRequest(bytes({ model: 'm', ...body }))
const sent = (request: CanonicalRequest, edits: object = {}) => {
  const { body, ...rest } = encodeRequest(request, { ...target, ...edits })
  return { ...rest, body: JSON.parse(String(body)) as Record<string, unknown> }
}
const passed = (body: object, edits: object = {}) => {
  const result = passRequest(bytes(body), { ...target, ...edits })
  return { ...result, body: JSON.parse(String(result.body)) as Record<string, unknown> }
}

function refusal(run: () => unknown) {
  try {
    run()
  } catch (error) {
    if (!GatewayError.is(error)) throw error
    return { status: error.status, param: error.param, message: error.message }
  }
  throw new Error('nothing was refused')
}

/** As Codex 0.169 sends it, shortened. */
const codex = {
  model: 'gpt-9-codex',
  instructions: 'You are Codex.',
  input: [
    {
      type: 'message',
      role: 'developer',
      content: [{ type: 'input_text', text: 'Sandbox: read-only' }],
    },
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'List the files' }] },
    { type: 'reasoning', summary: [], encrypted_content: 'gAAA' },
    { type: 'function_call', name: 'shell', arguments: '{"command":["ls"]}', call_id: 'call_1' },
    { type: 'function_call_output', call_id: 'call_1', output: 'README.md' },
  ],
  tools: [
    {
      type: 'function',
      name: 'shell',
      description: 'Runs',
      strict: false,
      parameters: { type: 'object' },
    },
    { type: 'namespace', name: 'mcp__files', description: 'Files', tools: [] },
    {
      type: 'custom',
      name: 'apply_patch',
      format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
    },
    { type: 'web_search', external_web_access: false },
  ],
  tool_choice: 'auto',
  parallel_tool_calls: false,
  reasoning: { effort: 'medium', summary: 'auto' },
  store: false,
  stream: true,
  include: ['reasoning.encrypted_content'],
  prompt_cache_key: 'thread-1',
  client_metadata: { 'x-codex-installation-id': '1' },
}

describe('what the edge reads', () => {
  test('of a call of Codex', () => {
    expect(parseRequest(bytes(codex))).toMatchObject({
      model: 'gpt-9-codex',
      stream: true,
      includeUsage: true,
      maxTokens: null,
      user: null,
      group: 'thread-1',
      needs: ['tools', 'reasoning'],
    })
  })

  test('empty lists of the OpenAI Agents SDK are no fault', () => {
    expect(parseRequest(bytes({ model: 'm', input: 'Hi', include: [], tools: [] })).needs).toEqual(
      [],
    )
  })

  test.each([
    [{ input: 'Hi' }, 'model'],
    [{ model: 'm' }, 'input'],
    [{ model: 'm', input: [{ role: 'user' }] }, 'input[0].content'],
    [{ model: 'm', input: [{ role: 'robot', content: 'x' }] }, 'input[0].role'],
    [{ model: 'm', input: [{ type: 'function_call_output', output: 'x' }] }, 'input[0].call_id'],
    [
      { model: 'm', input: [{ role: 'user', content: [{ type: 'input_text' }] }] },
      'input[0].content',
    ],
    [{ model: 'm', input: 'x', max_output_tokens: 0 }, 'max_output_tokens'],
    [{ model: 'm', input: 'x', tools: [{ type: 'function' }] }, 'tools[0].name'],
    [
      { model: 'm', input: 'x', text: { format: { type: 'json_schema', name: 'a' } } },
      'text.format.schema',
    ],
  ])('a 400 names the field: %j', (body, param) => {
    const refused = refusal(() => parseRequest(bytes(body)))
    expect(refused.status).toBe(400)
    expect(refused.param).toMatch(new RegExp(`^${param.replaceAll(/[.[\]]/g, '\\$&')}`))
  })

  test('a follow-up without a model is told so', () => {
    expect(refusal(() => parseRequest(bytes({ ...codex, model: undefined }))).message).toBe(
      "Missing required parameter: 'model'",
    )
  })

  test('no bytes make it throw anything but a refusal', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (body) => {
          try {
            parseRequest(Buffer.from(body))
          } catch (error) {
            expect(GatewayError.is(error)).toBe(true)
          }
        },
      ),
    )
  })
})

describe('a call in no vendor’s words', () => {
  test('ingress rule 11: tools that only this wire has are kept apart, not refused', () => {
    const { tools } = decode(codex)
    expect(
      tools.map((tool) => (tool.type === 'function' ? tool.name : tool.definition['type'])),
    ).toEqual(['shell', 'namespace', 'custom', 'web_search'])
    expect(tools[1]).toMatchObject({ type: 'native', wire: 'openai-responses' })
  })

  test('T23 thoughts, calls and results keep their order', () => {
    expect(decode(codex).messages).toEqual([
      { role: 'system', content: [{ type: 'text', text: 'You are Codex.' }] },
      { role: 'system', content: [{ type: 'text', text: 'Sandbox: read-only' }] },
      { role: 'user', content: [{ type: 'text', text: 'List the files' }] },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: '', redacted: 'gAAA', origin: 'openai-responses' },
          { type: 'tool-call', id: 'call_1', name: 'shell', arguments: '{"command":["ls"]}' },
        ],
      },
      {
        role: 'tool',
        results: [
          { callId: 'call_1', content: [{ type: 'text', text: 'README.md' }], isError: false },
        ],
      },
    ])
  })

  test('tools may mix nested and flat form', () => {
    const nested = { type: 'function', function: { name: 'b', parameters: { type: 'object' } } }
    const { tools } = decode({ input: 'x', tools: [{ type: 'function', name: 'a' }, nested] })
    expect(tools).toMatchObject([{ name: 'a' }, { name: 'b', parameters: { type: 'object' } }])
  })

  test('T13 arguments stay the text that they are', () => {
    const item = { type: 'function_call', call_id: 'c', name: 'n', arguments: '{"a": 1 }' }
    expect(decode({ input: [item] }).messages).toMatchObject([
      { content: [{ arguments: '{"a": 1 }' }] },
    ])
  })

  test('a choice among some tools leaves the others out', () => {
    const tools = [
      { type: 'function', name: 'a' },
      { type: 'function', name: 'b' },
    ]
    const tool_choice = {
      type: 'allowed_tools',
      mode: 'required',
      tools: [{ type: 'function', name: 'b' }],
    }
    const request = decode({ input: 'x', tools, tool_choice })
    expect(request.tools).toMatchObject([{ name: 'b' }])
    expect(request.toolChoice).toEqual({ type: 'required' })
  })

  test.each(['conversation', 'prompt'])('%s can only be looked up by OpenAI: 400', (member) => {
    expect(refusal(() => decode({ input: 'x', [member]: 'x_1' }))).toMatchObject({
      status: 400,
      param: member,
    })
  })

  test('an item that nobody here knows: 400 in OpenAI’s words', () => {
    const refused = refusal(() => decode({ input: [{ type: 'item_reference', id: 'msg_1' }] }))
    expect(refused).toMatchObject({ status: 400, param: 'input[0].id' })
    expect(refused.message).toBe("Item with id 'msg_1' not found.")
  })

  test('an unreadable part: 400', () => {
    const input = [{ role: 'user', content: [{ type: 'hologram' }] }]
    expect(refusal(() => decode({ input })).param).toBe('input[0].content[0].type')
  })
})

const request: CanonicalRequest = {
  model: 'm',
  stream: false,
  messages: [
    { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is this?', cache: '1h' },
        {
          type: 'image',
          source: { kind: 'base64', mediaType: 'image/png', data: 'AA==' },
          detail: 'low',
        },
        { type: 'document', source: { kind: 'url', url: 'https://x.test/a.pdf' }, title: 'a.pdf' },
        { type: 'audio', data: 'AA==', format: 'wav' },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'Hm', redacted: 'gAAA', id: 'rs_1', origin: 'openai-responses' },
        { type: 'text', text: 'Let me look.' },
        { type: 'refusal', text: 'No.' },
        { type: 'tool-call', id: 'call_1', name: 'look', arguments: '{"at":1}' },
      ],
    },
    {
      role: 'tool',
      results: [{ callId: 'call_1', content: [{ type: 'text', text: 'a cat' }], isError: false }],
    },
    { role: 'system', content: [{ type: 'text', text: 'Still brief.' }] },
    { role: 'user', content: [{ type: 'text', text: 'And?' }] },
  ],
  tools: [
    {
      type: 'function',
      name: 'look',
      description: 'Looks',
      parameters: { type: 'object', required: [] },
      strict: true,
    },
  ],
  toolChoice: { type: 'tool', name: 'look' },
  parallelToolCalls: false,
  sampling: { ...noSampling, temperature: 0.5, topP: 0.9 },
  maxTokens: 100,
  stop: [],
  choices: null,
  logprobs: 2,
  logitBias: null,
  responseFormat: {
    type: 'json-schema',
    name: 'answer',
    description: null,
    schema: { type: 'object' },
    strict: true,
  },
  reasoning: { effort: 'high', budgetTokens: null, visible: true },
  user: 'u1',
  cacheKey: 'k1',
  serviceTier: 'flex',
  metadata: null,
  extra: {},
}

describe('a call in the words of the Responses API', () => {
  test('decoding gives back what was encoded', () => {
    const again = decodeRequest(encodeRequest(request, { ...target, upstreamModel: 'm' }).body)
    const { asked: _, ...said } = again
    expect(said).toEqual(request)
  })

  test('T28 reasoning goes together with tools here', () => {
    const { body, adapted } = sent(request)
    expect(body['reasoning']).toEqual({ effort: 'high', summary: 'auto' })
    expect(body['tools']).toHaveLength(1)
    expect(adapted).toEqual([])
  })

  test('nothing is kept by the provider, so thoughts come back encrypted', () => {
    const { body } = sent(request)
    expect(body['store']).toBe(false)
    expect(body['include']).toContain('reasoning.encrypted_content')
    expect(sent({ ...request, reasoning: null }).body['include']).not.toContain(
      'reasoning.encrypted_content',
    )
  })

  test('T38 metadata is of what is kept: dropped and reported otherwise', () => {
    const { body, adapted } = sent({ ...request, metadata: { user_id: 'u1', session: 's' } })
    expect(body).not.toHaveProperty('metadata')
    expect(body['user']).toBe('u1')
    expect(adapted).toContain('metadata')
  })

  test('T11 ids are mapped alike for a call and its result, up to 64 characters are kept', () => {
    const ids = ['x'.repeat(64), 'y'.repeat(65)]
    const messages = ids.flatMap((id): CanonicalRequest['messages'] => [
      { role: 'assistant', content: [{ type: 'tool-call', id, name: 'look', arguments: '{}' }] },
      { role: 'tool', results: [{ callId: id, content: [], isError: false }] },
    ])
    const input = sent({ ...request, messages }).body['input'] as { call_id: string }[]
    expect(input.map(({ call_id: id }) => id.length)).toEqual([64, 64, 29, 29])
    expect(input[2]?.call_id).toBe(input[3]?.call_id)
  })

  test('T12 a name that no vendor takes is changed, and can be given back', () => {
    const tool = {
      type: 'function',
      name: 'files/read',
      description: null,
      parameters: {},
      strict: null,
    } as const
    const { body, hints } = sent({
      ...request,
      tools: [tool],
      toolChoice: { type: 'tool', name: 'files/read' },
    })
    expect(body['tools']).toMatchObject([{ name: 'files_read' }])
    expect(body['tool_choice']).toMatchObject({ name: 'files_read' })
    expect(hints?.toolNames?.get('files_read')).toBe('files/read')
  })

  test('T18 a failed result says so in its text, and keeps its image', () => {
    const content = [
      { type: 'text', text: 'broken' },
      { type: 'image', source: { kind: 'url', url: 'https://x.test/a.png' } },
    ] as const
    const messages = [{ role: 'tool', results: [{ callId: 'c', content, isError: true }] }] as const
    expect(sent({ ...request, messages }).body['input']).toMatchObject([
      {
        output: [
          { type: 'input_text', text: 'Error: broken' },
          { type: 'input_image', image_url: 'https://x.test/a.png' },
        ],
      },
    ])
  })

  test('T20 an empty list in a schema stays one', () => {
    expect(sent(request).body['tools']).toMatchObject([{ parameters: { required: [] } }])
  })

  test('T24 T29 thoughts of another provider are left out', () => {
    const content = [
      { type: 'reasoning', text: 'Hm', signature: 's', origin: 'anthropic-messages' },
      { type: 'reasoning', text: '', redacted: 'r', origin: 'anthropic-messages' },
      { type: 'text', text: 'Yes' },
    ] as const
    const { body } = sent({ ...request, messages: [{ role: 'assistant', content }] })
    expect(body['input']).toEqual([
      { role: 'assistant', content: [{ type: 'output_text', text: 'Yes', annotations: [] }] },
    ])
  })

  test('T30 T37 what the model refuses and what the wire cannot say is left out and reported', () => {
    const asked = {
      ...request,
      sampling: { ...request.sampling, topK: 5, seed: 1 },
      stop: ['x'],
      choices: 2,
      logitBias: { 1: 1 },
    }
    const { body, adapted } = sent(asked, {
      traits: { refuses: ['temperature', 'reasoning_effort'] },
      maxTokens: 50,
    })
    expect(body).not.toHaveProperty('temperature')
    expect(body).not.toHaveProperty('reasoning')
    expect(body['max_output_tokens']).toBe(50)
    expect(new Set(adapted)).toEqual(
      new Set([
        'temperature',
        'reasoning_effort',
        'max_tokens',
        'top_k',
        'seed',
        'stop',
        'n',
        'logit_bias',
      ]),
    )
  })

  test('T31 system messages keep their order and place', () => {
    const { body } = sent(request)
    expect(body['instructions']).toBe('Be brief.')
    expect((body['input'] as object[]).at(-2)).toMatchObject({ role: 'system' })
  })

  test('T39 T54 a breakpoint stays on text and never goes on an image', () => {
    const image = {
      type: 'image',
      source: { kind: 'url', url: 'https://x.test/a.png' },
      cache: '5m',
    } as const
    const text = { type: 'text', text: 'x', cache: '5m' } as const
    const { body } = sent({ ...request, messages: [{ role: 'user', content: [text, image] }] })
    const [{ content }] = body['input'] as [{ content: object[] }]
    expect(content[0]).toHaveProperty('prompt_cache_breakpoint', { mode: 'explicit' })
    expect(content[1]).not.toHaveProperty('prompt_cache_breakpoint')
  })

  test('T22 tools of another wire are left out and reported', () => {
    const native = {
      type: 'native',
      wire: 'anthropic-messages',
      definition: { type: 'web_search_20250305' },
    } as const
    const { body, adapted } = sent({ ...request, tools: [native], toolChoice: { type: 'auto' } })
    expect(body).not.toHaveProperty('tools')
    expect(body).not.toHaveProperty('tool_choice')
    expect(adapted).toEqual(['tools'])
  })
})

describe('a call passed on', () => {
  test('ingress rule 3: nothing but the model is edited', () => {
    const text =
      '{ "input" : "Hi",\n "model":"m", "x_future": {"a":[ ]} , "stream":false, "store":true}'
    expect(String(passRequest(Buffer.from(text), target).body)).toBe(
      '{"input" : "Hi","model":"gpt-9","x_future": {"a":[ ]},"stream":false,"store":true}',
    )
  })

  test('ingress rule 11: every tool of Codex travels on', () => {
    expect(passed(codex).body['tools']).toEqual(codex.tools)
  })

  test('what only the gateway knows does not reach the provider, and is repeated in the answer', () => {
    const { body, hints } = passed({
      model: 'm',
      input: 'x',
      previous_response_id: 'resp_1',
      background: true,
    })
    expect(Object.keys(body)).toEqual(['model', 'input'])
    expect(hints?.echo).toEqual({ previous_response_id: 'resp_1', background: true })
  })

  test('T11 T29 ids and thoughts that the gateway made are taken back, all others stay', () => {
    const id = itemId('msg', '0190f5fe-0000-7000-8000-000000000001', 0)
    const encrypted_content = sealThoughts({ origin: 'anthropic-messages', signature: 's' })
    const theirs = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' }
    const said = {
      type: 'message',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'x' }],
    }
    const input = [
      { id, ...said },
      { type: 'reasoning', id: 'rs_2', summary: [], encrypted_content },
      theirs,
    ]
    expect(passed({ model: 'm', input }).body['input']).toEqual([said, theirs])
  })

  test('the cap of an alias lowers the limit; what the model refuses is taken out', () => {
    const body = {
      model: 'm',
      input: 'x',
      max_output_tokens: 500,
      temperature: 0.2,
      reasoning: { effort: 'low' },
    }
    const traits = { refuses: ['temperature', 'reasoning_effort', 'seed'] }
    const result = passed(body, { maxTokens: 100, traits })
    expect(result.body).toEqual({ model: 'gpt-9', input: 'x', max_output_tokens: 100 })
    expect(result.adapted).toEqual(['temperature', 'reasoning_effort', 'max_tokens'])
  })
})

test.each(['constructor', 'toString', '__proto__'])(
  'an item of type %s is of an unknown type like others',
  (type) => {
    const body = Buffer.from(JSON.stringify({ model: 'm', input: [{ type }] }))
    expect(parseRequest(body).model).toBe('m')
  },
)
