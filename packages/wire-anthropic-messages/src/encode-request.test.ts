import { describe, expect, test } from '@jest/globals'
import type { Traits } from '@sluice/contracts/generation/traits'
import { GatewayError } from '@sluice/kernel/errors'
import {
  type CanonicalRequest,
  type Message,
  noSampling,
  type Tool,
} from '@sluice/wire/canonical-request'
import { plainRequest } from '@sluice/wire-testing/samples'
import { encodeRequest } from './encode-request.ts'

interface Body {
  readonly model?: string
  readonly max_tokens: number
  readonly system?: Record<string, unknown>[]
  readonly messages: { role: string; content: Record<string, unknown>[] }[]
  readonly tools?: Record<string, unknown>[]
  readonly tool_choice?: Record<string, unknown>
  readonly thinking?: unknown
  readonly output_config?: unknown
  readonly [name: string]: unknown
}

function encode(
  changes: Partial<CanonicalRequest>,
  traits: Traits = {},
  maxTokens: number | null = null,
) {
  const target = { upstreamModel: 'claude-x', stream: false, maxTokens, traits }
  const { body, adapted, hints } = encodeRequest({ ...plainRequest, ...changes }, target)
  return { body: JSON.parse(body.toString()) as Body, adapted, hints }
}
const refusal = (changes: Partial<CanonicalRequest>, traits: Traits = {}): GatewayError => {
  try {
    encode(changes, traits)
  } catch (error) {
    if (GatewayError.is(error)) return error
    throw error
  }
  throw new Error('it was accepted')
}
const text = (value: string) => ({ type: 'text' as const, text: value })
const user = (value: string): Message => ({ role: 'user', content: [text(value)] })
const system = (value: string): Message => ({ role: 'system', content: [text(value)] })
const says = (value: string): Message => ({ role: 'assistant', content: [text(value)] })
const call = (id: string, name = 't', value = '{"a":1}') => ({
  type: 'tool-call' as const,
  id,
  name,
  arguments: value,
})
const calls = (...ids: string[]): Message => ({
  role: 'assistant',
  content: ids.map((id) => call(id)),
})
const result = (callId: string, value = 'ok') => ({
  callId,
  content: [text(value)],
  isError: false,
})
const results = (...ids: string[]): Message => ({
  role: 'tool',
  results: ids.map((id) => result(id, `of ${id}`)),
})
const tool = (name: string): Tool => ({
  type: 'function',
  name,
  description: null,
  parameters: { type: 'object', properties: {}, required: [] },
  strict: null,
})
const conversation = (...messages: Message[]) =>
  encode({ messages, tools: [tool('t')] }).body.messages

describe('a conversation for Anthropic', () => {
  test('T14 results of one turn stand in one message, first, in the order of the calls; then the text', () => {
    const messages = conversation(
      user('go'),
      calls('a', 'b'),
      results('b'),
      user('and?'),
      results('a'),
      user('well?'),
    )
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
    expect(messages[2]?.content).toEqual([
      { type: 'tool_result', tool_use_id: 'a', content: 'of a' },
      { type: 'tool_result', tool_use_id: 'b', content: 'of b' },
      text('and?'),
      text('well?'),
    ])
  })

  test('T14 a call without a result gets one that says so; a result without a call is no result', () => {
    const messages = conversation(
      user('go'),
      calls('a', 'b'),
      results('b', 'z'),
      says('done'),
      calls('c'),
    )
    expect(messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
      'user',
    ])
    expect(messages[2]?.content).toEqual([
      expect.objectContaining({ tool_use_id: 'a', is_error: true }),
      { type: 'tool_result', tool_use_id: 'b', content: 'of b' },
      text('of z'),
    ])
    expect(messages[4]?.content).toMatchObject([{ tool_use_id: 'c', is_error: true }])
  })

  test('T14 a result that comes late goes where its call is', () => {
    const messages = conversation(user('go'), calls('a'), user('wait'), says('ok'), results('a'))
    expect(messages[2]?.content).toMatchObject([
      { tool_use_id: 'a', content: 'of a' },
      text('wait'),
    ])
  })

  test('T11 ids fit, for the call and for its result, and none comes twice', () => {
    const odd = `call.${'x'.repeat(80)}`
    const messages = conversation(
      user('go'),
      calls(odd),
      results(odd),
      calls('call_0'),
      results('call_0'),
      calls('call_0'),
      results('call_0'),
    )
    const ids = messages.flatMap(({ content }) => content.flatMap(({ id }) => id ?? []))
    const answered = messages.flatMap(({ content }) =>
      content.flatMap(({ tool_use_id: id }) => id ?? []),
    )
    expect(ids).toHaveLength(3)
    expect(new Set(ids).size).toBe(3)
    expect(answered).toEqual(ids)
    for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
    expect(ids[1]).toBe('call_0')
  })

  test('T12 names fit, and the answer can be named back', () => {
    const long = `files.read/${'x'.repeat(80)}`
    const { body, hints } = encode({
      tools: [tool(long), tool('a.b')],
      toolChoice: { type: 'tool', name: 'a.b' },
      messages: [user('go'), { role: 'assistant', content: [call('c', 'a.b')] }, results('c')],
    })
    const [first, second] = body.tools ?? []
    expect(first?.['name']).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
    expect(second?.['name']).toBe('a_b')
    expect(body.tool_choice).toMatchObject({ name: 'a_b' })
    expect(body.messages[1]?.content).toMatchObject([{ name: 'a_b' }])
    expect(hints?.toolNames?.get('a_b')).toBe('a.b')
    expect(hints?.toolNames?.get(String(first?.['name']))).toBe(long)
  })

  test('T13 T09 arguments are an object; what is none becomes empty and is reported', () => {
    const { body, adapted } = encode({
      messages: [
        user('go'),
        {
          role: 'assistant',
          content: [call('a', 't', '{"x":[]}'), call('b', 't', '{"x":'), call('c', 't', '')],
        },
      ],
    })
    expect(body.messages[1]?.content).toMatchObject([
      { input: { x: [] } },
      { input: {} },
      { input: {} },
    ])
    expect(adapted).toContain('messages.tool_calls.arguments')
  })

  test('T15 calls in the history without tools: they are declared, and cannot be called', () => {
    const { body } = encode({ messages: [user('go'), calls('a'), results('a')] })
    const input_schema = { type: 'object', properties: {} }
    expect(body.tools).toEqual([{ name: 't', input_schema }])
    expect(body.tool_choice).toEqual({ type: 'none' })
  })

  test('T18 results keep images and errors; one text is a text', () => {
    const image = {
      type: 'image' as const,
      source: { kind: 'url' as const, url: 'https://a.example/x' },
    }
    const messages = conversation(user('go'), calls('a', 'b', 'c'), {
      role: 'tool',
      results: [
        { callId: 'a', content: [text('see'), image], isError: true },
        { callId: 'b', content: [], isError: false },
        { callId: 'c', content: [text('  ')], isError: false },
      ],
    })
    expect(messages[2]?.content).toEqual([
      {
        type: 'tool_result',
        tool_use_id: 'a',
        content: [
          text('see'),
          { type: 'image', source: { type: 'url', url: 'https://a.example/x' } },
        ],
        is_error: true,
      },
      { type: 'tool_result', tool_use_id: 'b' },
      { type: 'tool_result', tool_use_id: 'c' },
    ])
  })

  test('T20 empty lists stay lists', () => {
    const { body } = encode({ tools: [tool('t')] })
    expect(body.tools).toMatchObject([{ input_schema: { required: [] } }])
  })

  test('T23 T24 own signed thoughts stay as they are and where they are, those of others go', () => {
    const own = { type: 'reasoning' as const, origin: 'anthropic-messages' as const }
    const messages = conversation(
      user('go'),
      {
        role: 'assistant',
        content: [
          { ...own, text: '', signature: 'c2ln' },
          { ...own, text: '', redacted: 'cmVk' },
          { type: 'reasoning', text: 'gemini', signature: 'g', origin: 'gemini' },
          { type: 'reasoning', text: 'nobody' },
          { ...own, text: 'unsigned' },
          text('done'),
        ],
      },
      user('more'),
    )
    expect(messages[1]?.content).toEqual([
      { type: 'thinking', thinking: '', signature: 'c2ln' },
      { type: 'redacted_thinking', data: 'cmVk' },
      text('done'),
    ])
  })

  test('T31 system messages are collected in order, with their breakpoints', () => {
    const { body } = encode({
      messages: [
        system('a'),
        user('hi'),
        { role: 'system', content: [{ ...text('b'), cache: '1h' }, text('c')] },
      ],
    })
    expect(body.system).toEqual([
      text('a'),
      { ...text('b'), cache_control: { type: 'ephemeral', ttl: '1h' } },
      text('c'),
    ])
    expect(body.messages).toEqual([{ role: 'user', content: [text('hi')] }])
  })

  test('T32 a system message alone becomes the question', () => {
    const { body } = encode({ messages: [system('be brief'), system('write a haiku')] })
    expect(body.system).toEqual([text('be brief')])
    expect(body.messages).toEqual([{ role: 'user', content: [text('write a haiku')] }])
    const { body: empty } = encode({ messages: [user(' ')] })
    expect(empty.messages).toHaveLength(1)
    expect(encode({ messages: [says('hello')] }).body.messages[0]?.role).toBe('user')
  })

  test('T33 blank texts and what they leave empty go; a last text of the assistant is trimmed', () => {
    const messages = conversation(
      user('go'),
      says(' \n'),
      user(''),
      says('so '),
      user(' '),
      says('it is: \n'),
    )
    expect(messages).toEqual([
      { role: 'user', content: [text('go')] },
      { role: 'assistant', content: [text('so '), text('it is:')] },
    ])
  })

  test('T34 a prefill is refused by name where the model takes none, else passed on', () => {
    const messages = [user('go'), says('It')]
    const error = refusal({ messages }, { prefill: false })
    expect(error).toMatchObject({ status: 400, param: 'messages' })
    expect(error.message).toContain('claude-x')
    expect(encode({ messages }).body.messages.at(-1)?.role).toBe('assistant')
  })

  test('T35 neighbours of one role are one message, blocks in their order', () => {
    expect(conversation(user('a'), user('b'), says('c'), says('d'), user('e'))).toEqual([
      { role: 'user', content: [text('a'), text('b')] },
      { role: 'assistant', content: [text('c'), text('d')] },
      { role: 'user', content: [text('e')] },
    ])
  })

  test('T54 breakpoints survive merging, move off blank texts, and are four at most', () => {
    const marked = (value: string): Message => ({
      role: 'user',
      content: [{ ...text(value), cache: '5m' }],
    })
    const { body } = encode({
      messages: [
        { role: 'system', content: [{ ...text('s'), cache: '5m' }] },
        marked('1'),
        marked('2'),
        user('3'),
        marked(' '),
        marked('4'),
        marked('5'),
      ],
    })
    const isMarked = (block: Record<string, unknown>) => 'cache_control' in block
    expect(body.system?.map(isMarked)).toEqual([true])
    expect(body.messages[0]?.content.map(isMarked)).toEqual([false, false, true, true, true])
  })

  test('audio and several answers are refused, by name', () => {
    const audio = { type: 'audio' as const, data: 'aGk=', format: 'wav' }
    expect(refusal({ messages: [{ role: 'user', content: [audio] }] }).param).toBe('messages')
    expect(refusal({ choices: 2 }).param).toBe('n')
  })
})

describe('parameters for Anthropic', () => {
  test.each([
    [{ type: 'auto' }, null, { type: 'auto' }],
    [{ type: 'required' }, false, { type: 'any', disable_parallel_tool_use: true }],
    [
      { type: 'tool', name: 't' },
      true,
      { type: 'tool', name: 't', disable_parallel_tool_use: false },
    ],
    [{ type: 'none' }, false, { type: 'none' }],
    [null, false, { type: 'auto', disable_parallel_tool_use: true }],
    [null, null, undefined],
  ] as const)('T16 the tool choice %j, parallel %j', (toolChoice, parallelToolCalls, expected) => {
    const { body } = encode({ tools: [tool('t')], toolChoice, parallelToolCalls })
    expect(body.tool_choice).toEqual(expected)
  })

  test('T17 a model that thinks is not made to call, and that is reported', () => {
    const thinks = {
      maxTokens: 9000,
      reasoning: { effort: 'low', budgetTokens: null, visible: null },
    } as const
    for (const toolChoice of [{ type: 'required' }, { type: 'tool', name: 't' }] as const) {
      const { body, adapted } = encode({ ...thinks, tools: [tool('t')], toolChoice })
      expect(body.tool_choice).toEqual({ type: 'auto' })
      expect(adapted).toContain('tool_choice')
    }
  })

  test('T17 T21 a model that has to call for its structured output does not think', () => {
    const responseFormat = { type: 'json' } as const
    const reasoning = { effort: 'low', budgetTokens: null, visible: null } as const
    const { body, adapted } = encode({ responseFormat, reasoning, maxTokens: 9000 })
    expect(body.tool_choice).toEqual({ type: 'tool', name: 'json_answer' })
    expect(body.thinking).toBeUndefined()
    expect(adapted.toSorted()).toEqual(['reasoning_effort', 'response_format'])
  })

  const schema = { type: 'object', properties: { minimum: { type: 'integer', minimum: 1 } } }
  const format = {
    type: 'json-schema',
    name: 'x',
    description: null,
    schema,
    strict: true,
  } as const

  test('T21 a tool stands for structured output, beside those of the caller', () => {
    const { body, hints, adapted } = encode({
      responseFormat: format,
      tools: [tool('json_answer')],
    })
    expect(body.tools?.map(({ name }) => name)).toEqual(['json_answer', 'json_answer_'])
    expect(body.tool_choice).toEqual({ type: 'any' })
    expect(hints).toEqual({ schemaTool: 'json_answer_' })
    expect(adapted).toEqual(['response_format'])
    const alone = encode({ responseFormat: { type: 'json' } })
    expect(alone.body.tool_choice).toEqual({ type: 'tool', name: 'json_answer' })
  })

  test('T21 a model that holds to a schema is given it, without limits on values and closed', () => {
    const { body, hints } = encode({ responseFormat: format }, { structuredOutput: 'native' })
    expect(hints).toBeUndefined()
    expect(body.tools).toBeUndefined()
    expect(body.output_config).toEqual({
      format: {
        type: 'json_schema',
        schema: {
          type: 'object',
          properties: { minimum: { type: 'integer' } },
          additionalProperties: false,
        },
      },
    })
  })

  const thinking = (
    effort: 'none' | 'minimal' | 'medium' | 'max',
    maxTokens: number,
    traits: Traits = {},
  ) => encode({ maxTokens, reasoning: { effort, budgetTokens: null, visible: null } }, traits)

  test('T27 a budget is at least 1024 and leaves room for the answer; else there is no thinking', () => {
    expect(thinking('medium', 20_000).body.thinking).toEqual({
      type: 'enabled',
      budget_tokens: 8192,
    })
    expect(thinking('max', 2000).body.thinking).toEqual({ type: 'enabled', budget_tokens: 1600 })
    expect(thinking('max', 1100).body.thinking).toEqual({ type: 'enabled', budget_tokens: 1024 })
    const none = thinking('max', 1024)
    expect(none.body.thinking).toBeUndefined()
    expect(none.adapted).toEqual(['reasoning_effort'])
  })

  test('T27 newer models think as they see fit, by an effort', () => {
    const { body } = thinking('minimal', 500, { thinking: 'adaptive' })
    expect(body.thinking).toEqual({ type: 'adaptive' })
    expect(body.output_config).toEqual({ effort: 'low' })
    expect(thinking('none', 500, { thinking: 'adaptive' }).body.thinking).toEqual({
      type: 'disabled',
    })
    expect(thinking('none', 500).body.thinking).toBeUndefined()
  })

  test('T27 a turn that began without thoughts goes on without them', () => {
    const { body, adapted } = encode({
      maxTokens: 9000,
      tools: [tool('t')],
      reasoning: { effort: 'low', budgetTokens: null, visible: null },
      messages: [user('go'), calls('a'), results('a')],
    })
    expect(body.thinking).toBeUndefined()
    expect(adapted).toEqual(['reasoning_effort'])
  })

  test('T30 what the model refuses is left out and reported', () => {
    const sampling = { ...noSampling, temperature: 0.5, topK: 5 }
    expect(encode({ sampling }).body).toMatchObject({ temperature: 0.5, top_k: 5 })
    const refused = encode({ sampling }, { refuses: ['temperature', 'top_p', 'top_k'] })
    expect(refused.body).not.toHaveProperty('temperature')
    expect(refused.body).not.toHaveProperty('top_k')
    expect(refused.adapted).toEqual(['temperature', 'top_k'])
    const version = encode(
      { sampling: { ...sampling, topP: 1 } },
      { anthropicVersion: '2026-10-21' },
    )
    expect(version.adapted).toEqual(['temperature', 'top_p', 'top_k'])
  })

  test('T30 what LibreChat always sends: one of temperature and top_p is taken, and neutral penalties are no matter', () => {
    const sampling = {
      ...noSampling,
      temperature: 1.4,
      topP: 1,
      presencePenalty: 0,
      frequencyPenalty: 0,
    }
    const { body, adapted } = encode({ sampling })
    expect(body).toMatchObject({ temperature: 1 })
    expect(body).not.toHaveProperty('top_p')
    expect(adapted.toSorted()).toEqual(['temperature', 'top_p'])
  })

  test('T37 what has no counterpart is dropped and reported', () => {
    const { adapted } = encode({
      sampling: { ...noSampling, seed: 1, presencePenalty: 1 },
      logitBias: { 5: 1 },
      logprobs: 0,
      extra: { store: true, verbosity: 'low', user_location: null },
      serviceTier: 'flex',
      stop: ['\n', 'END'],
    })
    expect(adapted.toSorted()).toEqual(
      [
        'logit_bias',
        'logprobs',
        'presence_penalty',
        'seed',
        'service_tier',
        'stop',
        'verbosity',
      ].toSorted(),
    )
  })

  test('a limit is always there, and never above the cap', () => {
    expect(encode({ maxTokens: null }).body.max_tokens).toBe(1_024)
    const reasoning = { effort: 'medium', budgetTokens: null, visible: null } as const
    expect(encode({ maxTokens: null, reasoning }, { thinking: 'budget' }).body).toMatchObject({
      max_tokens: 1_024 + 8_192,
      thinking: { budget_tokens: expect.any(Number) },
    })
    expect(encode({ maxTokens: null }, { defaultMaxTokens: 64_000 }).body.max_tokens).toBe(64_000)
    const capped = encode({ maxTokens: 900 }, {}, 100)
    expect(capped.body.max_tokens).toBe(100)
    expect(capped.adapted).toEqual(['max_tokens'])
    expect(encode({ maxTokens: 50 }, {}, 100).adapted).toEqual([])
  })

  test('T22 tools of other vendors are left out and reported', () => {
    const native: Tool = {
      type: 'native',
      wire: 'openai-responses',
      definition: { type: 'web_search' },
    }
    const { body, adapted } = encode({ tools: [native] })
    expect(body.tools).toBeUndefined()
    expect(adapted).toEqual(['tools'])
  })

  test('a cloud that runs the model itself has the version in the body and the model in the address', () => {
    const { body } = encode({}, { anthropicVersion: 'vertex-2023-10-16' })
    expect(body).toMatchObject({ anthropic_version: 'vertex-2023-10-16' })
    expect(body.model).toBeUndefined()
    expect(encode({}, { anthropicVersion: '2026-10-21' }).body.model).toBe('claude-x')
  })
})
