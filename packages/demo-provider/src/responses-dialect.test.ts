import { describe, expect, test } from '@jest/globals'
import { systemClock } from '@sluice/kernel/clock'
import { serve } from '@sluice/kernel/http-server'
import OpenAI from 'openai'
import { createDemoProvider } from './demo-provider.ts'

async function startClient() {
  const handler = createDemoProvider({ clock: systemClock })
  const server = await serve(handler, { host: '127.0.0.1', port: 0, clock: systemClock })
  const client = new OpenAI({ apiKey: 'demo', baseURL: `${server.url}/v1`, maxRetries: 0 })
  return { client, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

const tools = ['weather', 'time'].map((name) => ({
  type: 'function' as const,
  name,
  strict: true,
  parameters: { type: 'object' },
}))

describe('the Responses dialect, read by the official SDK', () => {
  test('a plain answer and its stream say the same', async () => {
    await using demo = await startClient()
    const asked = { model: 'demo/chat', input: 'Hi', reasoning: { effort: 'low' as const } }
    const plain = await demo.client.responses.create(asked)
    const streamed = await demo.client.responses.stream(asked).finalResponse()
    expect(plain.output_text).toMatch(/^This is the demo model:/)
    expect(streamed.output).toMatchObject(plain.output)
    expect(plain.output[0]).toMatchObject({
      type: 'reasoning',
      encrypted_content: expect.any(String),
    })
    expect(streamed.usage).toEqual(plain.usage)
  })

  test('events are numbered from 0 on', async () => {
    await using demo = await startClient()
    const numbers: number[] = []
    const stream = await demo.client.responses.create({
      model: 'demo/tools',
      input: 'Hi',
      tools,
      stream: true,
    })
    for await (const event of stream) numbers.push(event.sequence_number)
    expect(numbers).toEqual([...numbers.keys()])
  })

  test('calls every declared tool, in parallel', async () => {
    await using demo = await startClient()
    const { output } = await demo.client.responses
      .stream({ model: 'demo/tools', input: 'Hi', tools })
      .finalResponse()
    expect(output).toMatchObject([
      { type: 'function_call', name: 'weather', parsed_arguments: { index: 0 } },
      { type: 'function_call', name: 'time', parsed_arguments: { index: 1 } },
    ])
  })

  test('stops at the limit as incomplete', async () => {
    await using demo = await startClient()
    const response = await demo.client.responses
      .stream({ model: 'demo/chat', input: 'Hi', max_output_tokens: 3 })
      .finalResponse()
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    })
    expect(response.usage?.output_tokens).toBe(3)
  })

  test('breaks off as response.failed, or with an error event', async () => {
    await using demo = await startClient()
    const failed = await demo.client.responses
      .stream({ model: 'demo/chat:error-midstream', input: 'Hi' })
      .finalResponse()
    expect(failed.status).toBe('failed')
    const seen: string[] = []
    const stream = await demo.client.responses.create({
      model: 'demo/chat:error-event',
      input: 'Hi',
      stream: true,
    })
    await expect(
      (async () => {
        for await (const event of stream) seen.push(event.type)
      })(),
    ).rejects.toThrow('broke off')
    expect(seen).toContain('response.output_text.delta')
  })

  test.each([
    [{ model: 'demo/nothing', input: 'Hi' }, 404],
    [{ model: 'demo/chat:429', input: 'Hi' }, 429],
    [{ model: 'demo/chat:500', input: 'Hi' }, 500],
    [{ model: 'demo/chat' }, 400],
  ])('%j is refused with %i', async (body, status) => {
    await using demo = await startClient()
    await expect(demo.client.responses.create(body)).rejects.toMatchObject({ status })
  })
})
