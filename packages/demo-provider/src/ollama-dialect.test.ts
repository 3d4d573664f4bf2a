import { describe, expect, test } from '@jest/globals'
import { systemClock } from '@sluice/kernel/clock'
import { serve } from '@sluice/kernel/http-server'
import { Ollama } from 'ollama'
import { createDemoProvider } from './demo-provider.ts'

async function startClient() {
  const handler = createDemoProvider({ clock: systemClock })
  const server = await serve(handler, { host: '127.0.0.1', port: 0, clock: systemClock })
  const client = new Ollama({ host: server.url })
  return { client, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

const messages = [{ role: 'user', content: 'Hi' }]
const tools = ['weather', 'time'].map((name) => ({
  type: 'function' as const,
  function: { name, description: name, parameters: { type: 'object' as const, properties: {} } },
}))
const statusOf = async (call: Promise<unknown>) => {
  try {
    return await call
  } catch (error) {
    return (error as { status_code?: number }).status_code ?? String(error)
  }
}

describe("the Ollama dialect, read by Ollama's own client", () => {
  test('a plain answer and its stream say the same', async () => {
    await using demo = await startClient()
    const asked = { model: 'demo/chat', messages, think: true }
    const plain = await demo.client.chat(asked)
    let content = ''
    let thinking = ''
    let last
    for await (const chunk of await demo.client.chat({ ...asked, stream: true as const })) {
      content += chunk.message.content
      thinking += chunk.message.thinking ?? ''
      last = chunk
    }
    expect(plain.message).toMatchObject({ content, thinking })
    expect(content).toMatch(/^This is the demo model:/)
    expect(last).toMatchObject({ done: true, done_reason: 'stop', eval_count: plain.eval_count })
  })

  test('calls every declared tool with an object, and answers with text after the results', async () => {
    await using demo = await startClient()
    const { message } = await demo.client.chat({ model: 'demo/tools', messages, tools })
    expect(message.tool_calls).toMatchObject([
      { function: { name: 'weather', arguments: { index: 0 } } },
      { function: { name: 'time', arguments: { index: 1 } } },
    ])
    const results = ['weather', 'time'].map((name) => ({
      role: 'tool',
      content: 'fine',
      tool_name: name,
    }))
    const after = await demo.client.chat({
      model: 'demo/tools',
      messages: [...messages, message, ...results],
      tools,
    })
    expect(after.message.content).toMatch(/^This is/)
  })

  test('a schema is answered with JSON, a limit stops at the limit', async () => {
    await using demo = await startClient()
    const format = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
    const json = await demo.client.chat({ model: 'demo/chat', messages, format })
    expect(JSON.parse(json.message.content)).toEqual({ city: expect.any(String) })
    const cut = await demo.client.chat({
      model: 'demo/chat',
      messages,
      options: { num_predict: 3 },
    })
    expect(cut).toMatchObject({ done_reason: 'length', eval_count: 3 })
  })

  test('embeds a batch, lists and shows models', async () => {
    await using demo = await startClient()
    const { embeddings } = await demo.client.embed({
      model: 'demo/chat',
      input: ['a', 'b'],
      dimensions: 8,
    })
    expect(embeddings.map((vector) => vector.length)).toEqual([8, 8])
    expect((await demo.client.list()).models.map(({ name }) => name)).toContain('demo/chat')
    expect((await demo.client.show({ model: 'demo/chat' })).capabilities).toContain('tools')
  })

  test.each<[string, number]>([
    ['demo/chat:429', 429],
    ['demo/chat:500', 500],
    ['demo/chat:503', 503],
    ['demo/nobody', 404],
  ])('%s is refused with %d', async (model, status) => {
    await using demo = await startClient()
    expect(await statusOf(demo.client.chat({ model, messages }))).toBe(status)
  })

  test.each(['truncate', 'error-midstream'])('%s breaks a stream off', async (scenario) => {
    await using demo = await startClient()
    const stream = await demo.client.chat({
      model: `demo/chat:${scenario}`,
      messages,
      stream: true,
    })
    const read = async () => {
      for await (const chunk of stream) expect(chunk.done).toBe(false)
    }
    await expect(read()).rejects.toThrow()
  })
})
