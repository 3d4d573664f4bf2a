import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ApiError, GoogleGenAI } from '@google/genai'
import { systemClock } from '@sluice/kernel/clock'
import { serve } from '@sluice/kernel/http-server'
import { createDemoProvider } from './demo-provider.ts'

// The SDK looks for Node's own HTTP dispatcher among the globals, where Jest's realm does not have it; without one, fetch takes it by itself.
const nodeFetch = globalThis.fetch
beforeAll(() => {
  globalThis.fetch = (address, init) => {
    const { dispatcher: _, ...rest } = init ?? {}
    return nodeFetch(address, rest)
  }
})
afterAll(() => {
  globalThis.fetch = nodeFetch
})

async function startClient() {
  const handler = createDemoProvider({ clock: systemClock })
  const server = await serve(handler, { host: '127.0.0.1', port: 0, clock: systemClock })
  const { models } = new GoogleGenAI({
    apiKey: 'demo',
    httpOptions: { baseUrl: server.url, apiVersion: 'v1beta' },
  })
  return { models, url: server.url, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

const statusOf = async (call: Promise<unknown>) => {
  try {
    return await call
  } catch (error) {
    return error instanceof ApiError ? error.status : error
  }
}
const tools = [
  {
    functionDeclarations: ['weather', 'time'].map((name) => ({
      name,
      parametersJsonSchema: {
        type: 'object',
        properties: { query: { type: 'string' }, index: { type: 'integer' } },
      },
    })),
  },
]

describe('the Gemini dialect, read by the official SDK', () => {
  test('a plain answer and its stream say the same', async () => {
    await using demo = await startClient()
    const asked = {
      model: 'demo/chat',
      contents: 'Hi',
      config: { systemInstruction: 'Be brief.', thinkingConfig: { includeThoughts: true } },
    }
    const plain = await demo.models.generateContent(asked)
    let text = ''
    let last
    for await (const chunk of await demo.models.generateContentStream(asked)) {
      text += chunk.text ?? ''
      last = chunk
    }
    expect(plain.text).toMatch(/^This is the demo model:/)
    expect(plain.candidates?.[0]?.content?.parts?.[0]).toMatchObject({ thought: true })
    expect(text).toBe(plain.text)
    expect(last?.candidates?.[0]?.finishReason).toBe('STOP')
    expect(last?.usageMetadata).toEqual(plain.usageMetadata)
    expect(last?.usageMetadata?.thoughtsTokenCount).toBe(3)
  })

  test('calls every declared tool, with a signature on the first, and answers with text after the results', async () => {
    await using demo = await startClient()
    const asked = { model: 'demo/tools', contents: 'Hi', config: { tools } }
    const plain = await demo.models.generateContent(asked)
    expect(plain.functionCalls).toMatchObject([
      { name: 'weather', args: { index: 0 } },
      { name: 'time', args: { index: 1 } },
    ])
    const parts = plain.candidates?.[0]?.content?.parts ?? []
    expect(parts.map(({ thoughtSignature }) => thoughtSignature !== undefined)).toEqual([
      true,
      false,
    ])
    const streamed = []
    for await (const chunk of await demo.models.generateContentStream(asked)) {
      streamed.push(...(chunk.functionCalls ?? []))
    }
    expect(streamed).toEqual(plain.functionCalls)
    const results = ['weather', 'time'].map((name) => ({
      functionResponse: { name, response: { output: 'fine' } },
    }))
    const contents = [
      { role: 'user', parts: [{ text: 'Hi' }] },
      { role: 'model', parts },
      { role: 'user', parts: results },
    ]
    const after = await demo.models.generateContent({ ...asked, contents })
    expect(after.text).toMatch(/^This is/)
  })

  test('a schema is answered with JSON, a limit stops at the limit, an image is seen', async () => {
    await using demo = await startClient()
    const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
    const config = { responseMimeType: 'application/json', responseJsonSchema: schema }
    const json = await demo.models.generateContent({ model: 'demo/chat', contents: 'Hi', config })
    expect(JSON.parse(json.text ?? '')).toEqual({ city: expect.any(String) })
    const cut = await demo.models.generateContent({
      model: 'demo/chat',
      contents: 'Hi',
      config: { maxOutputTokens: 3 },
    })
    expect(cut.candidates?.[0]?.finishReason).toBe('MAX_TOKENS')
    const image = { inlineData: { mimeType: 'image/png', data: 'AA==' } }
    const seen = await demo.models.generateContent({
      model: 'demo/echo',
      contents: [{ text: 'look ' }, image],
    })
    expect(seen.text).toBe('look [image]')
  })

  test('embeds a batch, counts tokens, lists models', async () => {
    await using demo = await startClient()
    const { embeddings } = await demo.models.embedContent({
      model: 'demo/chat',
      contents: ['a', 'b'],
      config: { outputDimensionality: 8 },
    })
    expect(embeddings?.map(({ values }) => values?.length)).toEqual([8, 8])
    const { totalTokens } = await demo.models.countTokens({
      model: 'demo/chat',
      contents: 'Hello there',
    })
    expect(totalTokens).toBe(3)
    const names: (string | undefined)[] = []
    for await (const model of await demo.models.list()) names.push(model.name)
    expect(names).toContain('models/demo/chat')
    expect((await demo.models.get({ model: 'demo/chat' })).displayName).toBe('demo/chat')
  })

  test.each<[string, number]>([
    ['demo/chat:429', 429],
    ['demo/chat:500', 500],
    ['demo/chat:503', 503],
    ['demo/chat:html', 502],
    ['demo/nobody', 404],
  ])('%s is refused with %d', async (model, status) => {
    await using demo = await startClient()
    expect(await statusOf(demo.models.generateContent({ model, contents: 'Hi' }))).toBe(status)
  })

  test('the wait of a 429 is in the body', async () => {
    await using demo = await startClient()
    const reply = await fetch(`${demo.url}/v1beta/models/demo%2Fchat%3A429:generateContent`, {
      method: 'POST',
      body: '{"contents":[]}',
    })
    expect(await reply.text()).toContain('"retryDelay":"1.5s"')
  })

  test.each(['truncate', 'garbage', 'error-midstream'])(
    '%s breaks a stream off',
    async (scenario) => {
      await using demo = await startClient()
      const stream = await demo.models.generateContentStream({
        model: `demo/chat:${scenario}`,
        contents: 'Hi',
      })
      let finish: string | undefined
      const read = async () => {
        for await (const chunk of stream) finish = chunk.candidates?.[0]?.finishReason ?? finish
      }
      const failed = await read().then(
        () => false,
        () => true,
      )
      // The SDK takes a stream that merely ends for whole: what lacks is the finish reason.
      expect([failed, finish]).toEqual([scenario !== 'truncate', undefined])
    },
  )

  test('without alt=sse a stream is one JSON array', async () => {
    await using demo = await startClient()
    const reply = await fetch(`${demo.url}/v1beta/models/demo/chat:streamGenerateContent`, {
      method: 'POST',
      body: JSON.stringify({ contents: [{ parts: [{ text: 'Hi' }] }] }),
    })
    const events = (await reply.json()) as { candidates: { finishReason?: string }[] }[]
    expect(events).toHaveLength(25)
    expect(events.at(-1)?.candidates[0]?.finishReason).toBe('STOP')
  })
})
