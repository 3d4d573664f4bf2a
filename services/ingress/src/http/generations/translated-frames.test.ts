import { describe, expect, test } from '@jest/globals'
import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { chat, errorOf, get, post } from '../../../test/support/client.ts'
import type { Script } from '../../../test/support/scripted-worker.ts'
import { startTestIngress, type TestIngress } from '../../../test/support/test-ingress.ts'

const chunk = (delta: object, finish: string | null = null) =>
  JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })
const failure: GenerationError = {
  code: 'upstream_error',
  status: 502,
  message: 'The provider failed',
  retryable: true,
}

const speaking: Script = async (work) => {
  await work.publish(chunk({ role: 'assistant', content: '' }))
  await work.publish(chunk({ content: 'Grüße' }), chunk({ content: ' ☂' }))
  await work.complete(chunk({}, 'stop'), '[DONE]')
}

async function idOf(ingress: TestIngress, stream = true): Promise<string> {
  const response = await post(ingress, { ...chat, stream })
  await response.text()
  return response.headers.get('x-request-id') ?? ''
}
const view = async (ingress: TestIngress, id: string, query: string) =>
  get(ingress, `/v1/generations/${id}/stream?${query}`)

describe('a log read in another dialect', () => {
  test('has the events of that dialect, in its order, without ids, and the bill’s counts', async () => {
    await using ingress = await startTestIngress({ script: speaking })
    const id = await idOf(ingress)
    const text = await (await view(ingress, id, 'dialect=anthropic-messages')).text()
    const names = [...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name)
    expect(names).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ])
    expect(text).not.toMatch(/^id:/m)
    expect(text).toContain('"text":"Grüße"')
    expect(text).toContain('"text":" ☂"')
    expect(text).toMatch(/message_delta.*"input_tokens":3.*"output_tokens":5/)
  })

  test('ends with the error of that dialect', async () => {
    const script: Script = async (work) => {
      await work.publish(chunk({ content: 'half' }))
      await work.fail(failure)
    }
    await using ingress = await startTestIngress({ script })
    const id = await idOf(ingress)
    const anthropic = await (await view(ingress, id, 'dialect=anthropic-messages')).text()
    expect(anthropic).toMatch(/event: error\ndata: \{"type":"error".*\n\n$/)
    expect(anthropic).not.toContain('message_stop')
    const responses = await (await view(ingress, id, 'dialect=openai-responses')).text()
    expect(responses).toMatch(/event: response\.failed\ndata: .*\n\n$/)
    const numbers = [...responses.matchAll(/"sequence_number":(\d+)/g)].map(([, n]) => Number(n))
    expect(numbers).toEqual(numbers.map((_, index) => index))
  })

  test('of a plain call is its reply in that dialect, as one event', async () => {
    const reply = {
      choices: [{ index: 0, message: { content: 'Hi' }, finish_reason: 'length' }],
      usage: { prompt_tokens: 1, completion_tokens: 2 },
    }
    const script: Script = (work) => work.complete(JSON.stringify(reply))
    await using ingress = await startTestIngress({ script })
    const id = await idOf(ingress, false)
    const text = await (await view(ingress, id, 'dialect=anthropic-messages')).text()
    expect(JSON.parse(text.replace('data: ', ''))).toMatchObject({
      type: 'message',
      content: [{ type: 'text', text: 'Hi' }],
      stop_reason: 'max_tokens',
      usage: { input_tokens: 1, output_tokens: 2 },
    })
  })

  test('its own dialect by name is the log as it is', async () => {
    await using ingress = await startTestIngress({ script: speaking })
    const id = await idOf(ingress)
    const own = await (await view(ingress, id, '')).text()
    expect(await (await view(ingress, id, 'dialect=openai-chat')).text()).toBe(own)
  })

  test('a place in one dialect is none in another', async () => {
    await using ingress = await startTestIngress({ script: speaking })
    const id = await idOf(ingress)
    const own = await (await view(ingress, id, '')).text()
    const [, cursor = ''] = /^id: (.*)$/m.exec(own) ?? []
    const query = `dialect=anthropic-messages&starting_after=${cursor}`
    const response = await view(ingress, id, query)
    expect(response.status).toBe(400)
    expect(await errorOf(response)).toMatchObject({ code: 'unsupported_dialect', param: 'dialect' })
  })
})
