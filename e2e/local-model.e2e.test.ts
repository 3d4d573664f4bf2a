import { expect, test } from '@jest/globals'
import { gatewayUnderTest, sdk } from './support/gateway.ts'

const { apis } = gatewayUnderTest()
const [api = ''] = apis

/** `npm run servers -- up --with model`; `npm test` starts it by itself once it was compiled. */
if (!process.env['MODEL_URL']) {
  console.warn('skipped: set MODEL_URL to an OpenAI-compatible server with a model')
  test.skip('needs MODEL_URL', () => undefined)
} else {
  test('a real model is found at start, listed, and streams an answer with its usage', async () => {
    const models = (await sdk(api).models.list()).data.map(({ id }) => id)
    const model = models.find((id) => id.startsWith('vllm/')) ?? ''
    expect(models).toContain(model)

    const stream = await sdk(api).chat.completions.create({
      model,
      messages: [{ role: 'user', content: 'Say hello.' }],
      max_tokens: 16,
      stream: true,
      stream_options: { include_usage: true },
    })
    let text = ''
    let tokens = 0
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      tokens = chunk.usage?.completion_tokens ?? tokens
    }
    expect(text.trim()).not.toBe('')
    expect(tokens).toBeGreaterThan(0)
  })
}
