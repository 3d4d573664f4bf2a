import { describe, expect, test } from '@jest/globals'
import { systemClock } from '@sluice/kernel/clock'
import { serve } from '@sluice/kernel/http-server'
import { createDemoProvider, expectedReply, type ServedCall } from './demo-provider.ts'
import { openAiDialect } from './openai-dialect.ts'

async function demo() {
  const calls: ServedCall[] = []
  const handler = createDemoProvider({ clock: systemClock, onCall: (call) => calls.push(call) })
  const server = await serve(handler, { host: '127.0.0.1', port: 0, clock: systemClock })
  const post = (
    path: string,
    body: object,
    headers: Record<string, string> = {},
    signal?: AbortSignal,
  ) =>
    fetch(server.url + path, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      ...(signal ? { signal } : {}),
    })
  return { calls, server, post, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

const messages = [{ role: 'user', content: 'Hello there' }]
const city = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const dataOf = (text: string) =>
  text
    .split('\n\n')
    .filter((frame) => frame.startsWith('data: {'))
    .map((frame) => JSON.parse(frame.slice(6)) as Chunk)
interface Chunk {
  choices: {
    delta: { content?: string; tool_calls?: { index: number; function: { arguments: string } }[] }
    finish_reason: string | null
  }[]
  usage?: { total_tokens: number }
  error?: object
}

describe('the demo provider', () => {
  test('answers the same to the same request, as predicted, plain and streamed', async () => {
    await using provider = await demo()
    const body = { model: 'demo/chat', messages }
    const request = openAiDialect.parse(body, {})
    const expected = request ? expectedReply(request).tokens.join('') : ''
    const plain = (await (await provider.post('/v1/chat/completions', body)).json()) as {
      choices: { message: { content: string } }[]
    }
    const streamed = await (
      await provider.post('/v1/chat/completions', { ...body, stream: true })
    ).text()
    expect(plain.choices[0]?.message.content).toBe(expected)
    expect(
      dataOf(streamed)
        .map((chunk) => chunk.choices[0]?.delta.content ?? '')
        .join(''),
    ).toBe(expected)
    expect(streamed.endsWith('data: [DONE]\n\n')).toBe(true)
  })

  test('takes its length and pace from headers, else from the prompt', async () => {
    await using provider = await demo()
    const asked = [{ role: 'user', content: 'go [[tokens=3 interval=0]]' }]
    const count = async (headers: Record<string, string>) => {
      const reply = await provider.post(
        '/v1/chat/completions',
        { model: 'demo/chat', messages: asked },
        headers,
      )
      return ((await reply.json()) as { usage: { completion_tokens: number } }).usage
        .completion_tokens
    }
    expect(await count({})).toBe(3)
    expect(await count({ 'x-demo-tokens': '7' })).toBe(7)
  })

  test('calls every declared tool, with arguments that are JSON when joined', async () => {
    await using provider = await demo()
    const tools = ['a', 'b'].map((name) => ({ type: 'function', function: { name } }))
    const text = await (
      await provider.post('/v1/chat/completions', {
        model: 'demo/tools',
        messages,
        tools,
        stream: true,
      })
    ).text()
    const joined = ['', '']
    for (const chunk of dataOf(text)) {
      for (const call of chunk.choices[0]?.delta.tool_calls ?? [])
        joined[call.index] += call.function.arguments
    }
    expect(joined.map((each) => (JSON.parse(each) as { index: number }).index)).toEqual([0, 1])
  })

  test('a plain call of a fault that only a stream can have is answered whole; :garbage is a 200 that is not JSON', async () => {
    await using provider = await demo()
    const textOf = async (suffix: string) => {
      const body = { model: `demo/chat${suffix}`, messages }
      const reply = await provider.post('/v1/chat/completions', body)
      expect(reply.status).toBe(200)
      return (await reply.text()).replace(body.model, 'demo/chat')
    }
    const whole = await textOf('')
    for (const suffix of [':error-midstream', ':error-event', ':no-done'])
      expect(await textOf(suffix)).toBe(whole)
    const garbage = await textOf(':garbage')
    expect(() => JSON.parse(garbage) as unknown).toThrow(SyntaxError)
    await expect(textOf(':truncate')).rejects.toThrow()
  })

  test.each([
    ['/v1/chat/completions', { messages, tools: [{ function: { name: 'a', parameters: city } }] }],
    ['/v1/responses', { input: 'Hi', tools: [{ type: 'function', name: 'a', parameters: city }] }],
    ['/v1/messages', { messages, tools: [{ name: 'a', input_schema: city }] }],
    ['/api/chat', { messages, tools: [{ function: { name: 'a', parameters: city } }] }],
    [
      '/v1beta/models/demo/tools:generateContent',
      { contents: [], tools: [{ functionDeclarations: [{ name: 'a', parameters: city }] }] },
    ],
  ])('%s fills the arguments that a tool declares, and no others', async (path, body) => {
    await using provider = await demo()
    const reply = await provider.post(path, { model: 'demo/tools', stream: false, ...body })
    const said = (await reply.text()).replaceAll('\\"', '"')
    expect(said).toMatch(/\{"city":"a [0-9a-f]{8}"\}/)
  })

  test('speaks Ollama', async () => {
    await using provider = await demo()
    const lines = (
      await (await provider.post('/api/chat', { model: 'demo/echo', messages })).text()
    )
      .trim()
      .split('\n')
    const parts = lines.map(
      (line) =>
        JSON.parse(line) as { message: { content: string }; done: boolean; eval_count?: number },
    )
    expect(parts.map((part) => part.message.content).join('')).toBe('Hello there')
    expect(parts.at(-1)).toMatchObject({ done: true, eval_count: 2 })
  })

  test('embeds texts as unit vectors, the same in both encodings', async () => {
    await using provider = await demo()
    const ask = async (format: string) => {
      const reply = await provider.post('/v1/embeddings', {
        model: 'demo/embed',
        input: ['a', 'b'],
        encoding_format: format,
      })
      return ((await reply.json()) as { data: { embedding: number[] | string }[] }).data.map(
        (item) => item.embedding,
      )
    }
    const floats = (await ask('float')) as number[][]
    const [encoded = ''] = (await ask('base64')) as string[]
    const bytes = Uint8Array.from(Buffer.from(encoded, 'base64'))
    expect([...new Float32Array(bytes.buffer)]).toEqual(floats[0])
    expect(Math.hypot(...(floats[1] ?? []))).toBeCloseTo(1, 5)
  })

  test.each([
    ['429', 429],
    ['500', 500],
    ['503', 503],
    ['html', 502],
    ['empty', 200],
  ])('scenario %s answers %d', async (scenario, status) => {
    await using provider = await demo()
    const reply = await provider.post('/v1/chat/completions', {
      model: `demo/chat:${scenario}`,
      messages,
    })
    expect(reply.status).toBe(status)
    await reply.text()
  })

  test.each([
    ['truncate', false, false],
    ['no-done', true, false],
    ['error-midstream', false, false],
  ])('scenario %s: finish reason %s, end marker %s', async (scenario, finish, marker) => {
    await using provider = await demo()
    const text = await (
      await provider.post('/v1/chat/completions', {
        model: `demo/chat:${scenario}`,
        messages,
        stream: true,
      })
    ).text()
    expect(dataOf(text).some((chunk) => chunk.choices?.[0]?.finish_reason === 'stop')).toBe(finish)
    expect(text.includes('[DONE]')).toBe(marker)
  })

  test('logs each call once, without its credential, also when the client leaves', async () => {
    await using provider = await demo()
    await (
      await provider.post(
        '/v1/chat/completions',
        { model: 'demo/chat', messages },
        { authorization: 'Bearer secret-key' },
      )
    ).text()
    const leave = new AbortController()
    const reply = await provider.post(
      '/v1/chat/completions',
      { model: 'demo/slow', messages, stream: true },
      {},
      leave.signal,
    )
    await reply.body
      ?.getReader()
      .read()
      .catch(() => undefined)
    leave.abort()
    while (provider.calls.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(provider.calls.map((call) => call.outcome)).toEqual(['completed', 'aborted'])
    expect(JSON.stringify(provider.calls)).not.toContain('secret-key')
    expect(provider.calls[0]?.tokens).toBe(24)
  })

  test('counts the same tokens plain and streamed, and tells a broken answer from a whole one', async () => {
    await using provider = await demo()
    for (const [model, stream] of [
      ['demo/chat', false],
      ['demo/chat', true],
      ['demo/chat:truncate', true],
    ] as const) {
      await (await provider.post('/v1/chat/completions', { model, messages, stream })).text()
    }
    const seen = provider.calls.map(({ tokens, outcome }) => ({ tokens, outcome }))
    expect(seen).toEqual([
      { tokens: 24, outcome: 'completed' },
      { tokens: 24, outcome: 'completed' },
      { tokens: 12, outcome: 'error' },
    ])
  })

  test('refuses unknown models and broken bodies in its dialect', async () => {
    await using provider = await demo()
    expect((await provider.post('/v1/chat/completions', { model: 'gpt-x', messages })).status).toBe(
      404,
    )
    expect((await provider.post('/v1/chat/completions', { model: 'demo/chat' })).status).toBe(400)
    const odd = { model: 'demo/chat', messages: [null, { content: [null, { text: 1 }] }] }
    expect((await provider.post('/v1/chat/completions', odd)).status).toBe(200)
  })
})
