import { describe, expect, test } from '@jest/globals'
import { gatewayUnderTest, getGeneration } from './support/gateway.ts'

const { apis, key } = gatewayUnderTest()
const messages = [{ role: 'user', content: 'Hello' }]
const ask = { model: 'demo/chat', max_tokens: 20, messages }

function post(api: string, path: string, body: unknown, headers: Record<string, string> = {}) {
  return fetch(api + path, {
    method: 'POST',
    headers: {
      'x-api-key': key,
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
      ...headers,
    },
    body: JSON.stringify(body),
  })
}

const eventNames = (text: string) => [...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name)

describe.each(apis)('the dialects of %s', (api) => {
  test.each(['/v1/messages', '/v1/messages?beta=true', '/messages/', '/api/client/v1/messages'])(
    'M-016: %s answers a message',
    async (path) => {
      const response = await post(api, path, ask)
      expect(response.status).toBe(200)
      expect(await response.json()).toMatchObject({
        type: 'message',
        role: 'assistant',
        model: 'demo/chat',
        stop_reason: 'max_tokens',
        usage: { output_tokens: 20 },
      })
    },
  )

  test('M-016: a stream of messages has names and ids, and ends with message_stop', async () => {
    const text = await (await post(api, '/v1/messages', { ...ask, stream: true })).text()
    expect(eventNames(text).at(0)).toBe('message_start')
    expect(eventNames(text).at(-1)).toBe('message_stop')
    for (const frame of text.trim().split('\n\n'))
      expect(frame).toMatch(/^id: [\d.-]+\nevent: .+\ndata: /)
    expect(text).not.toContain('[DONE]')
  })

  test.each([
    ['demo/chat:429', 429, 'rate_limit_error'],
    ['demo/chat:503', 529, 'overloaded_error'],
    ['demo/chat:500', 502, 'api_error'],
    ['nobody/knows', 404, 'not_found_error'],
  ])('M-119, T60: %s is a %d %s', async (model, status, type) => {
    const response = await post(api, '/v1/messages', { ...ask, model })
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ type: 'error', error: { type } })
  })

  test('M-004: an error inside a stream is an event of the dialect, then the close', async () => {
    const body = { ...ask, model: 'demo/chat:error-midstream', stream: true }
    const text = await (await post(api, '/v1/messages', body)).text()
    expect(eventNames(text).at(-1)).toBe('error')
    expect(text).not.toContain('message_stop')
  })

  test('ingress rule 9, T63: count_tokens', async () => {
    const response = await post(api, '/v1/messages/count_tokens', { model: 'demo/chat', messages })
    expect(response.status).toBe(200)
    const { input_tokens: tokens } = (await response.json()) as { input_tokens: number }
    expect(tokens).toBeGreaterThan(0)
    expect(tokens).toBeLessThan(20)
  })

  test('ingress rule 12: a Responses body on the chat route is answered as chat', async () => {
    const body = { model: 'demo/chat', stream: true, input: [{ role: 'user', content: 'Hello' }] }
    const text = await (await post(api, '/v1/chat/completions', body)).text()
    expect(text).toContain('"object":"chat.completion.chunk"')
    expect(text.trimEnd()).toMatch(/data: \[DONE\]$/)
    expect(text).not.toContain('"usage"')
  })

  test('a log is read in the dialect that its reader speaks', async () => {
    const response = await post(api, '/v1/messages', { ...ask, stream: true })
    await response.text()
    const id = response.headers.get('request-id') ?? ''
    const chat = await (await getGeneration(api, id, '/stream?dialect=openai-chat')).text()
    expect(chat.trimEnd()).toMatch(/data: \[DONE\]$/)
    const responses = await (
      await getGeneration(api, id, '/stream?dialect=openai-responses')
    ).text()
    expect(eventNames(responses).at(-1)).toBe('response.incomplete')
  })

  test('ingress rule 8: one model list for every client', async () => {
    const headers = { authorization: `Bearer ${key}`, 'anthropic-version': '2023-06-01' }
    const response = await fetch(`${api}/v1/models?limit=1000`, { headers, redirect: 'error' })
    const list = (await response.json()) as { data: { id: string; display_name: string }[] }
    expect(list).toMatchObject({ object: 'list', has_more: false })
    expect(list.data.find(({ id }) => id === 'demo/chat')?.display_name).toBe('demo/chat')
    const codex = await fetch(`${api}/v1/models?client_version=1`, { headers })
    expect(await codex.json()).toHaveProperty('models')
  })
})
