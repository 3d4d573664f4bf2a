import { describe, expect, test } from '@jest/globals'
import Anthropic from '@anthropic-ai/sdk'
import { systemClock } from '@sluice/kernel/clock'
import { serve } from '@sluice/kernel/http-server'
import { createDemoProvider } from './demo-provider.ts'

async function demo() {
  const handler = createDemoProvider({ clock: systemClock })
  const server = await serve(handler, { host: '127.0.0.1', port: 0, clock: systemClock })
  const client = new Anthropic({ baseURL: server.url, apiKey: 'demo', maxRetries: 0 })
  return { client, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

const messages = [{ role: 'user' as const, content: 'Hello there' }]
const call = (model: string) => ({ model, max_tokens: 1000, messages })
const tools = ['get_weather', 'get_time'].map((name) => ({
  name,
  input_schema: { type: 'object' as const },
}))
const failureOf = async (model: string): Promise<InstanceType<typeof Anthropic.APIError>> => {
  await using provider = await demo()
  try {
    await provider.client.messages.create(call(model))
  } catch (error) {
    if (error instanceof Anthropic.APIError) return error
    throw error
  }
  throw new Error('it answered')
}

describe('the demo provider in Anthropic’s dialect, read by its SDK', () => {
  test('answers the same plain and streamed, with every count', async () => {
    await using provider = await demo()
    const plain = await provider.client.messages.create(call('demo/chat'))
    const streamed = await provider.client.messages.stream(call('demo/chat')).finalMessage()
    expect(plain.content).toMatchObject([
      { type: 'text', text: expect.stringContaining('demo model') },
    ])
    expect(streamed.content).toEqual(plain.content)
    expect(streamed.usage).toEqual(plain.usage)
    expect(plain.usage).toMatchObject({
      input_tokens: 3,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: 24,
    })
    expect([plain.stop_reason, streamed.stop_reason]).toEqual(['end_turn', 'end_turn'])
  })

  test('calls its tools in parallel, one only when asked, the demanded one by its schema, none when told', async () => {
    await using provider = await demo()
    const ask = async (choice: Anthropic.ToolChoice) => {
      const stream = provider.client.messages.stream({
        ...call('demo/tools'),
        tools,
        tool_choice: choice,
      })
      const { content, stop_reason: reason } = await stream.finalMessage()
      const names = content.flatMap((block) => (block.type === 'tool_use' ? [block.name] : []))
      return { names, reason, content }
    }
    const all = await ask({ type: 'auto' })
    expect(all).toMatchObject({ names: ['get_weather', 'get_time'], reason: 'tool_use' })
    expect(all.content).toMatchObject([{ input: { index: 0 } }, { input: { index: 1 } }])
    const one = await ask({ type: 'any', disable_parallel_tool_use: true })
    expect(one.names).toEqual(['get_weather'])
    expect((await ask({ type: 'tool', name: 'get_time' })).names).toEqual(['get_time'])
    expect(await ask({ type: 'none' })).toMatchObject({ names: [], reason: 'end_turn' })
  })

  test('thinks when asked, and when its scenario says so, with a signature', async () => {
    await using provider = await demo()
    const asked = {
      ...call('demo/chat'),
      thinking: { type: 'enabled' as const, budget_tokens: 1024 },
    }
    const plain = await provider.client.messages.create(asked)
    const streamed = await provider.client.messages
      .stream(call('demo/chat:thinking'))
      .finalMessage()
    expect(plain.content[0]).toMatchObject({ type: 'thinking', thinking: 'What is wanted?' })
    expect(streamed.content).toEqual(plain.content)
    expect(plain.content[0]).toHaveProperty(
      'signature',
      expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
    )
  })

  test('counts tokens and lists models in Anthropic’s form', async () => {
    await using provider = await demo()
    const { max_tokens: _, ...counted } = call('demo/chat')
    expect(await provider.client.messages.countTokens(counted)).toEqual({ input_tokens: 3 })
    const { data, has_more: more } = await provider.client.models.list()
    expect(data.map(({ id }) => id)).toContain('demo/chat')
    expect(data[0]).toMatchObject({ type: 'model', display_name: 'demo/chat' })
    expect(more).toBe(false)
  })

  test.each([
    ['401', 401, 'authentication_error'],
    ['402', 402, 'billing_error'],
    ['403', 403, 'permission_error'],
    ['404', 404, 'not_found_error'],
    ['413', 413, 'request_too_large'],
    ['429', 429, 'rate_limit_error'],
    ['quota', 429, 'rate_limit_error'],
    ['500', 500, 'api_error'],
    ['503', 529, 'overloaded_error'],
    ['overloaded', 529, 'overloaded_error'],
  ])('scenario %s answers %d %s', async (scenario, status, type) => {
    const error = await failureOf(`demo/chat:${scenario}`)
    expect([error.status, error.type]).toEqual([status, type])
    expect(error.headers?.get('retry-after') ?? null).toBe(scenario === '429' ? '2' : null)
  })

  test('an unknown model and a body without messages are refused in its form', async () => {
    expect((await failureOf('gpt-x')).type).toBe('not_found_error')
    await using provider = await demo()
    const nothing = { model: 'demo/chat', max_tokens: 5 } as unknown as typeof messages
    const refused = provider.client.messages.create(nothing as never)
    await expect(refused).rejects.toMatchObject({ status: 400, type: 'invalid_request_error' })
  })

  test.each(['truncate', 'error-midstream', 'garbage'])(
    'scenario %s breaks a stream off after some text',
    async (scenario) => {
      await using provider = await demo()
      const stream = provider.client.messages.stream(call(`demo/chat:${scenario}`))
      let text = ''
      stream.on('text', (piece) => {
        text += piece
      })
      const failure = stream.finalMessage()
      const type = scenario === 'error-midstream' ? 'overloaded_error' : undefined
      await expect(failure).rejects.toMatchObject(type ? { type } : {})
      expect(text.length).toBeGreaterThan(0)
    },
  )

  test('scenarios length, refusal, no-usage, no-done', async () => {
    await using provider = await demo()
    const reason = async (scenario: string) =>
      (await provider.client.messages.create(call(`demo/chat:${scenario}`))).stop_reason
    expect(await reason('length')).toBe('max_tokens')
    expect(await reason('refusal')).toBe('refusal')
    const unmetered = await provider.client.messages.create(call('demo/chat:no-usage'))
    expect(unmetered.usage).toBeUndefined()
    const response = await provider.client.messages
      .create({ ...call('demo/chat:no-done'), stream: true })
      .asResponse()
    const text = await response.text()
    expect(text).toContain('"stop_reason":"end_turn"')
    expect(text).not.toContain('message_stop')
  })
})
