import type { RequestListener } from 'node:http'
import { afterEach, describe, expect, test } from '@jest/globals'
import { parseJson } from '@sluice/wire/json'
import { startAdapter } from '../test/support/start-adapter.ts'

const cleanup: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of cleanup.splice(0).toReversed()) await each[Symbol.asyncDispose]()
})

const answering =
  (body: string, type = 'application/json'): RequestListener =>
  (_request, response) =>
    response.writeHead(200, { 'content-type': type }).end(body)

/** What the caller's stream consists of, and how it ended. */
async function askFor(
  provider: RequestListener,
  options: { wire?: 'anthropic-messages' | 'gemini' | 'openai-responses'; includeUsage?: boolean },
) {
  const adapter = await startAdapter(cleanup, { provider })
  const entries = await adapter.entriesOf(await adapter.ask(options))
  const payloads = entries.flatMap(({ data }) => data.toString().split('\n')).filter(Boolean)
  const chunks = payloads
    .filter((each) => each !== '[DONE]')
    .map((each) => parseJson(each) as { choices: { delta?: object; finish_reason?: string }[] })
  return { payloads, chunks, end: entries.at(-1)?.end }
}

const anthropicReply = JSON.stringify({
  type: 'message',
  role: 'assistant',
  content: [
    { type: 'text', text: 'Whole' },
    { type: 'tool_use', id: 'toolu_1', name: 'get_time', input: {} },
  ],
  stop_reason: 'tool_use',
  usage: { input_tokens: 3, output_tokens: 4 },
})
const chatReply = JSON.stringify({
  id: 'chatcmpl-1',
  choices: [
    { index: 0, message: { role: 'assistant', content: 'Whole' }, finish_reason: 'length' },
    { index: 1, message: { role: 'assistant', content: 'Other' }, finish_reason: 'stop' },
  ],
  usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
})

describe('T64 a provider that answers a streaming call with a whole JSON body', () => {
  test('in the dialect of the caller: the stream that it would have been, every choice of it', async () => {
    const { payloads, chunks, end } = await askFor(answering(chatReply), {})
    expect(end).toMatchObject({
      state: 'completed',
      finishReason: 'length',
      usage: { input_tokens: 3, output_tokens: 4, estimated: false },
    })
    expect(payloads.at(-1)).toBe('[DONE]')
    const text = chunks.map(({ choices }) => JSON.stringify(choices)).join('\n')
    expect(text).toContain('{"content":"Whole"}')
    expect(text).toContain('[{"index":1,"delta":{"content":"Other"}')
    expect(text).toContain('"finish_reason":"length"')
  })

  test('in another dialect: the same', async () => {
    const { chunks, payloads, end } = await askFor(answering(`\n  ${anthropicReply}`), {
      wire: 'anthropic-messages',
    })
    expect(end).toMatchObject({ state: 'completed', finishReason: 'tool_calls' })
    expect(chunks[1]?.choices[0]?.delta).toEqual({ content: 'Whole' })
    expect(payloads.join('\n')).toContain('"name":"get_time"')
    expect(payloads.at(-1)).toBe('[DONE]')
  })

  test('that is an error: that error', async () => {
    const rate = { error: { message: 'Slow down', type: 'rate_limit_error', code: 'slow_down' } }
    const { end, payloads } = await askFor(answering(JSON.stringify(rate)), {})
    expect(end).toMatchObject({ state: 'failed', error: { status: 429 } })
    expect(payloads).toEqual([])
  })

  test('that is an error in the words of another wire: that error', async () => {
    const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Busy' } }
    const { end } = await askFor(answering(JSON.stringify(overloaded)), {
      wire: 'anthropic-messages',
    })
    expect(end).toMatchObject({ state: 'failed', error: { status: 503 } })
  })

  test('that is no reply at all, or HTML: 502', async () => {
    for (const [body, type] of [
      ['{"hello":"world"}', 'application/json'],
      ['{"cut', 'application/json'],
      ['<html>Bad gateway</html>', 'text/html'],
    ] as const) {
      const { end } = await askFor(answering(body, type), {})
      expect(end).toMatchObject({ state: 'failed', error: { status: 502 } })
    }
  })
})

const gemini = (usage: string) =>
  `data: {"candidates":[{"content":{"parts":[{"text":"12345678"}]},"finishReason":"STOP"}]${usage}}\n\n`

describe('T55 a translated answer that the provider did not count', () => {
  test('shows its caller the estimate that is billed', async () => {
    const { chunks, end } = await askFor(answering(gemini(''), 'text/event-stream'), {
      wire: 'gemini',
      includeUsage: true,
    })
    expect(end?.usage).toMatchObject({ output_tokens: 2, estimated: true })
    expect(end?.usage.input_tokens).toBeGreaterThan(0)
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: end?.usage.input_tokens, completion_tokens: 2 },
    })
  })

  test('shows it also where the count cannot be true', async () => {
    const absurd = ',"usageMetadata":{"promptTokenCount":999999999999,"candidatesTokenCount":1}'
    const { chunks, end } = await askFor(answering(gemini(absurd), 'text/event-stream'), {
      wire: 'gemini',
      includeUsage: true,
    })
    expect(end?.usage).toMatchObject({ output_tokens: 2, estimated: true })
    expect(chunks.at(-1)).toMatchObject({
      usage: { prompt_tokens: end?.usage.input_tokens, completion_tokens: 2 },
    })
  })
})
