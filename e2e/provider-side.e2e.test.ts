import { readFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { eventually, gatewayUnderTest, postChat } from './support/gateway.ts'

const { apis, demoLog, key } = gatewayUnderTest()
const [api = ''] = apis

interface ServedCall {
  readonly headers: Record<string, string>
  readonly outcome: string
}

/** The provider's own record of a call, by the id that the gateway gave it. */
function servedCall(requestId: string): Promise<ServedCall> {
  return eventually(`a log line of ${requestId}`, async () => {
    const lines = (await readFile(demoLog ?? '', 'utf8').catch(() => '')).split('\n')
    const line = lines.find((text) => text.includes(requestId))
    return line === undefined ? undefined : (JSON.parse(line) as ServedCall)
  })
}

describe('what the provider sees', () => {
  test('M-026, M-035: the request id, and neither the caller’s key nor its cookies', async () => {
    const headers = { cookie: 'session=secret', 'x-demo-tokens': '3' }
    const response = await postChat(
      api,
      { model: 'demo/chat', messages: [{ role: 'user', content: 'Hi' }] },
      { headers },
    )
    await response.text()
    const call = await servedCall(response.headers.get('x-request-id') ?? '')
    const seen = JSON.stringify(call)
    expect(seen).not.toContain(key)
    expect(seen).not.toContain('session=secret')
    expect(call.outcome).toBe('completed')
  })

  test('M-005: a client that leaves mid-stream cancels the call within 2 s', async () => {
    const leave = new AbortController()
    const headers = { 'x-demo-tokens': '100', 'x-demo-interval-ms': '100' }
    const body = {
      model: 'demo/chat',
      stream: true,
      messages: [{ role: 'user', content: 'A long one' }],
    }
    const response = await postChat(api, body, { headers, signal: leave.signal })
    const reader = response.body?.getReader()
    await reader?.read()
    const left = performance.now()
    leave.abort()
    const call = await servedCall(response.headers.get('x-request-id') ?? '')
    expect(call.outcome).toBe('aborted')
    expect(performance.now() - left).toBeLessThan(2_500)
  })
})
