import { expect, test } from '@jest/globals'
import { gatewayUnderTest, sdk } from './support/gateway.ts'

const { apis } = gatewayUnderTest()
const [api = ''] = apis

/** `npm run servers -- up --with model`; `npm test` starts it by itself once it was compiled. */
if (!process.env['MODEL_URL']) {
  console.warn('skipped: set MODEL_URL to an OpenAI-compatible server with a model')
  // A file without a test is an error to the runner. Compiling a model takes minutes, so its server is never required.
  test.skip('needs MODEL_URL', () => undefined)
} else {
  test('a real model is found at start, and answers plainly and as a stream', async () => {
    const client = sdk(api)
    const model = (await client.models.list()).data.find(({ id }) => id.startsWith('vllm/'))?.id
    if (model === undefined) throw new Error('no model of the local server is listed')
    const question = {
      model,
      messages: [{ role: 'user' as const, content: 'Say hello.' }],
      max_tokens: 16,
      temperature: 0,
    }
    const answer = await client.chat.completions.create(question)
    const text = answer.choices[0]?.message.content ?? ''
    expect(text.trim()).not.toBe('')
    expect(answer.usage?.completion_tokens).toBeGreaterThan(0)

    const stream = await client.chat.completions.create({ ...question, stream: true })
    let streamed = ''
    for await (const chunk of stream) streamed += chunk.choices[0]?.delta.content ?? ''
    expect(streamed).toBe(text)
  }, 180_000)
}
