import { describe, expect, test } from '@jest/globals'
import OpenAI from 'openai'
import { gatewayUnderTest, sdk } from './support/gateway.ts'

const { apis } = gatewayUnderTest()
const messages = [{ role: 'user' as const, content: 'Tell me about sluices.' }]

describe.each(apis)('the official OpenAI SDK on %s', (api) => {
  test('M-001: a plain chat answer carries the provider’s usage', async () => {
    const answer = await sdk(api).chat.completions.create({ model: 'demo/chat', messages })
    expect(answer.model).toBe('demo/chat')
    expect(answer.choices[0]?.message.content).not.toBe('')
    expect(answer.choices[0]?.finish_reason).toBe('stop')
    const { prompt_tokens, completion_tokens, total_tokens } = answer.usage ?? {}
    expect(total_tokens).toBe((prompt_tokens ?? 0) + (completion_tokens ?? 0))
    expect(total_tokens).toBeGreaterThan(0)
  })

  test('M-002: a stream has the role first, then the same text as the plain answer, then the finish reason', async () => {
    const client = sdk(api)
    const plain = await client.chat.completions.create({ model: 'demo/chat', messages })
    const stream = await client.chat.completions.create({
      model: 'demo/chat',
      messages,
      stream: true,
    })
    const chunks: OpenAI.ChatCompletionChunk[] = []
    for await (const chunk of stream) chunks.push(chunk)
    expect(chunks[0]?.choices[0]?.delta.role).toBe('assistant')
    const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')
    expect(text).toBe(plain.choices[0]?.message.content)
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop')
    expect(chunks.every((chunk) => chunk.model === 'demo/chat')).toBe(true)
    expect(chunks.some((chunk) => chunk.usage)).toBe(false)
  })

  test('M-002: the usage chunk comes when it is asked for, with empty choices', async () => {
    const stream = await sdk(api).chat.completions.create({
      model: 'demo/chat',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    })
    let last: OpenAI.ChatCompletionChunk | undefined
    for await (const chunk of stream) last = chunk
    expect(last?.choices).toEqual([])
    expect(last?.usage?.total_tokens).toBeGreaterThan(0)
  })

  test('M-006, M-007: tools are passed through, parallel calls arrive as pieces of valid JSON and nothing is run here', async () => {
    const tool = (name: string) => ({
      type: 'function' as const,
      function: { name, parameters: { type: 'object', properties: { city: { type: 'string' } } } },
    })
    const tools = [tool('weather'), tool('time')]
    const stream = await sdk(api).chat.completions.create({
      model: 'demo/tools',
      messages,
      tools,
      stream: true,
    })
    const calls = new Map<number, { name: string; text: string }>()
    let finish: string | null | undefined
    for await (const chunk of stream) {
      finish = chunk.choices[0]?.finish_reason ?? finish
      for (const call of chunk.choices[0]?.delta.tool_calls ?? []) {
        const known = calls.get(call.index) ?? { name: '', text: '' }
        known.name += call.function?.name ?? ''
        known.text += call.function?.arguments ?? ''
        calls.set(call.index, known)
      }
    }
    expect(finish).toBe('tool_calls')
    expect([...calls.values()].map((call) => call.name)).toEqual(['weather', 'time'])
    for (const { text } of calls.values()) expect(() => JSON.parse(text) as unknown).not.toThrow()
  })

  test('M-011: models are listed and found one by one', async () => {
    const client = sdk(api)
    const ids: string[] = []
    for await (const model of client.models.list()) ids.push(model.id)
    expect(ids).toEqual(
      expect.arrayContaining(['demo/chat', 'demo/echo', 'demo/tools', 'demo/slow']),
    )
    expect((await client.models.retrieve('demo/chat')).id).toBe('demo/chat')
    await expect(client.models.retrieve('demo/nothing')).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    })
  })

  test('M-025: an unknown model is 404 model_not_found and names the nearest', async () => {
    const call = sdk(api).chat.completions.create({ model: 'demo/chaat', messages })
    await expect(call).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
      param: 'model',
    })
    await expect(call).rejects.toThrow(/demo\/chat/)
  })

  test('a rate limit of the provider is 429 with its waiting time, on plain calls and streams', async () => {
    for (const stream of [false, true]) {
      const call = sdk(api).chat.completions.create({ model: 'demo/chat:429', messages, stream })
      await expect(call).rejects.toBeInstanceOf(OpenAI.RateLimitError)
      const error = await call.catch(
        (thrown: unknown) => thrown as InstanceType<typeof OpenAI.RateLimitError>,
      )
      expect(
        (error as InstanceType<typeof OpenAI.RateLimitError>).headers.get('retry-after'),
      ).toMatch(/^\d+$/)
    }
  })

  test('a wrong key is 401', async () => {
    const call = sdk(api, { key: 'not-a-key-of-this-gateway' }).chat.completions.create({
      model: 'demo/chat',
      messages,
    })
    await expect(call).rejects.toMatchObject({ status: 401, code: 'invalid_api_key' })
  })

  test.each(['truncate', 'garbage', 'error-midstream'])(
    'M-002, B-04: a stream that breaks (%s) is an error, never a short answer',
    async (scenario) => {
      const stream = await sdk(api).chat.completions.create({
        model: `demo/chat:${scenario}`,
        messages,
        stream: true,
      })
      const read = async () => {
        for await (const chunk of stream) expect(chunk.choices).toBeDefined()
      }
      await expect(read()).rejects.toBeInstanceOf(OpenAI.APIError)
    },
  )
})
