import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import type OpenAI from 'openai'
import { blockResources } from './support/block-resources.ts'
import { errorOf, sdk } from './support/gateway.ts'
import { type OwnDemoProvider, startDemoProvider } from './support/own-demo-provider.ts'
import { type OwnFolder, ownFolder, type OwnGateway, startGateway } from './support/own-gateway.ts'
import { readLedger } from './support/own-ledger.ts'
import { startStubProvider, type StubProvider, stubUsage } from './support/stub-provider.ts'

const messages = [{ role: 'user' as const, content: 'Tell me about sluices.' }]
const poolKeys = ['first-key-of-the-pool', 'second-key-of-the-pool']
const acmeKey = 'key-of-the-acme-provider'
const ciKey = 'ci-key-with-24-characters-or-more'

const configuration = (demo: string, stub: string) => `
providers:
  - { name: acme, wire: openai-chat, base_url: "${demo}/v1", auth: { type: bearer, key: "\${ACME_KEY}" }, forward_headers: ["x-demo-*"] }
  - { name: box, wire: ollama, base_url: "${demo}", forward_headers: ["x-demo-*"] }
  - { name: pool, wire: openai-chat, base_url: "${stub}", auth: { type: bearer, key: [${poolKeys.join(', ')}] } }
models:
  - { name: acme/chat, provider: acme, upstream_model: demo/chat, price: { input: 0.0005, output: 1.7002 } }
  - { name: box/chat, provider: box, upstream_model: demo/chat, price: free }
  - { name: box/tools, provider: box, upstream_model: demo/tools, price: free }
  - { name: box/rate-limited, provider: box, upstream_model: "demo/chat:429", price: free }
  - { name: box/failing, provider: box, upstream_model: "demo/chat:500", price: free }
  - { name: box/page, provider: box, upstream_model: "demo/chat:html", price: free }
  - { name: box/cut, provider: box, upstream_model: "demo/chat:truncate", price: free }
  - { name: box/garbled, provider: box, upstream_model: "demo/chat:garbage", price: free }
  - { name: pool/chat, provider: pool, price: { input: 1, output: 2, request: 0.001 } }
aliases:
  short: { model: acme/chat, max_tokens: 5 }
  short-box: { model: box/chat, max_tokens: 5 }
default_model: short
keys:
  - { name: ci, key: "${ciKey}", models: ["acme/*", "short"] }
`

describe('providers of sluice.yaml and of the environment', () => {
  let folder: OwnFolder
  let demo: OwnDemoProvider
  let stub: StubProvider
  let gateway: OwnGateway

  const resources = blockResources()
  beforeAll(async () => {
    folder = resources.use(await ownFolder('providers'))
    demo = resources.use(await startDemoProvider(folder.path))
    stub = resources.use(await startStubProvider('gpt-4o-mini'))
    await writeFile(join(folder.path, 'sluice.yaml'), configuration(demo.url, stub.url))
    const env = {
      NODE_ENV: 'production',
      ACME_KEY: acmeKey,
      OPENAI_API_KEY: 'key-of-the-environment',
      OPENAI_BASE_URL: stub.url,
      OLLAMA_URL: demo.url,
      LMSTUDIO_URL: `${demo.url}/v1`,
      FIRST_BYTE_TIMEOUT_MS: '1500',
      IDLE_TIMEOUT_MS: '1500',
    }
    gateway = resources.use(await startGateway({ dir: folder.path, env }))
  }, 90_000)

  const client = () => sdk(gateway.api, { key: gateway.key })
  const idOf = (response: Response) => response.headers.get('x-request-id') ?? ''

  /** One plain call; its id and its answer. */
  async function ask(body: object, headers: Record<string, string> = {}) {
    const response = await gateway.chat({ messages, ...body }, { headers })
    expect(response.status).toBe(200)
    const answer = (await response.json()) as OpenAI.ChatCompletion
    return { id: idOf(response), headers: response.headers, answer }
  }

  describe('models', () => {
    test('NODE_ENV=production offers no demo models', async () => {
      const ids = (await client().models.list()).data.map(({ id }) => id)
      expect(ids.filter((id) => id.startsWith('demo/'))).toEqual([])
      expect(ids).toEqual(expect.arrayContaining(['acme/chat', 'box/tools', 'short']))
    })

    test('M-117: Ollama and LM Studio are found by their address alone, with what they have', async () => {
      const ids = (await client().models.list()).data.map(({ id }) => id)
      for (const model of ['ollama/demo/chat', 'lmstudio/demo/chat']) {
        expect(ids).toContain(model)
        const { headers } = await ask({ model })
        expect(headers.get('x-backend-used')).toBe(model.split('/', 1)[0])
      }
    })

    test('M-011: another key sees and calls only its own models', async () => {
      const restricted = sdk(gateway.api, { key: ciKey })
      const ids = (await restricted.models.list()).data.map(({ id }) => id)
      expect(ids.toSorted()).toEqual(['acme/chat', 'short'])
      await expect(restricted.models.retrieve('box/chat')).rejects.toMatchObject({ status: 404 })
      const call = restricted.chat.completions.create({ model: 'box/chat', messages })
      await expect(call).rejects.toMatchObject({ status: 403, param: 'model' })
    })

    test('M-311, M-111: a provider key in the environment is all it takes', async () => {
      const { answer } = await ask({ model: 'gpt-4o-mini' })
      expect(answer.usage?.total_tokens).toBe(stubUsage.total_tokens)
      expect(stub.calls.at(-1)?.authorization).toBe('Bearer key-of-the-environment')
    })

    test('`auto` is the default model, through its alias', async () => {
      const { headers, answer } = await ask({ model: 'auto' })
      expect(headers.get('x-router-reason')).toMatch(/^default;/)
      expect(headers.get('x-model-used')).toBe('acme/chat')
      expect(answer.choices[0]?.finish_reason).toBe('length')
    })
  })

  describe.each([
    { model: 'acme/chat', alias: 'short', wire: 'M-111: openai-chat' },
    { model: 'box/chat', alias: 'short-box', wire: 'M-117: ollama' },
  ])('$wire', ({ model, alias }) => {
    test('a stream is OpenAI chunks with the text of the plain answer and its usage', async () => {
      const { answer } = await ask({ model })
      const stream = await client().chat.completions.create({
        model,
        messages,
        stream: true,
        stream_options: { include_usage: true },
      })
      const chunks: OpenAI.ChatCompletionChunk[] = []
      for await (const chunk of stream) chunks.push(chunk)
      expect(chunks[0]?.choices[0]?.delta.role).toBe('assistant')
      const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')
      expect(text).toBe(answer.choices[0]?.message.content)
      expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop')
      expect(chunks.at(-1)?.usage?.total_tokens).toBe(answer.usage?.total_tokens)
      expect(chunks.every((chunk) => chunk.object === 'chat.completion.chunk')).toBe(true)
    })

    test('the cap of an alias reaches the provider, and the answer says so', async () => {
      const { id, headers, answer } = await ask({ model: alias, max_tokens: 4_000 })
      expect(answer.choices[0]?.finish_reason).toBe('length')
      expect((await demo.served(id)).tokens).toBe(5)
      expect(headers.get('x-router-reason')).toBe(`alias; ${alias} -> ${model}`)
      expect(headers.get('x-gateway-adapted')).toContain('max_tokens')
    })
  })

  describe('M-117: Ollama in OpenAI’s words', () => {
    test('M-006: parallel tool calls become indexed pieces of valid JSON', async () => {
      const tool = (name: string) => ({ type: 'function' as const, function: { name } })
      const stream = await client().chat.completions.create({
        model: 'box/tools',
        messages,
        tools: [tool('weather'), tool('time')],
        stream: true,
      })
      const calls = new Map<number, { id?: string; name?: string; text: string }>()
      let finish: string | null | undefined
      for await (const chunk of stream) {
        finish = chunk.choices[0]?.finish_reason ?? finish
        for (const call of chunk.choices[0]?.delta.tool_calls ?? []) {
          const known = calls.get(call.index) ?? { text: '' }
          calls.set(call.index, {
            ...known,
            ...(call.id ? { id: call.id } : {}),
            ...(call.function?.name ? { name: call.function.name } : {}),
            text: known.text + (call.function?.arguments ?? ''),
          })
        }
      }
      expect(finish).toBe('tool_calls')
      expect([...calls.values()].map(({ name }) => name)).toEqual(['weather', 'time'])
      expect(new Set([...calls.values()].map(({ id }) => id)).size).toBe(2)
      for (const { text } of calls.values()) expect(typeof JSON.parse(text)).toBe('object')
    })

    test('what it has no word for is left out and named in x-gateway-adapted', async () => {
      const { headers } = await ask({ model: 'box/chat', logit_bias: { 50256: -100 } })
      expect(headers.get('x-gateway-adapted')).toBe('logit_bias')
    })

    test.each([
      ['box/rate-limited', 429],
      ['box/failing', 502],
      ['box/page', 502],
      ['box/cut', 502],
      ['box/garbled', 502],
    ])('the error of %s is %d in OpenAI’s shape', async (model, status) => {
      const response = await gateway.chat({ model, messages })
      expect(response.status).toBe(status)
      const { code, message } = await errorOf(response)
      expect(code).not.toBeNull()
      expect(message).not.toBe('')
      if (status === 429) expect(response.headers.get('retry-after')).toBe('2')
    })

    test.each(['box/cut', 'box/garbled'])(
      'B-04: a stream of %s that breaks ends in an error event, without [DONE]',
      async (model) => {
        const text = await (await gateway.chat({ model, messages, stream: true })).text()
        expect(text).toContain('"error"')
        expect(text).not.toContain('[DONE]')
      },
    )
  })

  describe('connections and credentials', () => {
    test('M-035: a pool of keys takes turns, and the caller’s own key stays here', async () => {
      const before = stub.calls.length
      for (let call = 0; call < 4; call += 1) await ask({ model: 'pool/chat' }, { cookie: 'a=b' })
      const seen = stub.calls.slice(before)
      expect(seen.map(({ authorization }) => authorization)).toEqual(
        [...poolKeys, ...poolKeys].map((key) => `Bearer ${key}`),
      )
      expect(JSON.stringify(seen)).not.toContain(gateway.key)
      expect(seen.some(({ cookie }) => cookie !== undefined)).toBe(false)
    })

    test('M-125: a hundred calls one after the other open at most two connections', async () => {
      const before = stub.connections
      for (let call = 0; call < 100; call += 1) await ask({ model: 'pool/chat' })
      expect(stub.connections - before).toBeLessThanOrEqual(2)
    })
  })

  describe('M-033: a provider that is too slow', () => {
    test.each([false, true])('to begin: 504 soon after the limit (stream: %s)', async (stream) => {
      const asked = performance.now()
      const body = { model: 'acme/chat', messages, stream }
      const headers = { 'x-demo-first-byte-ms': '10000' }
      const response = await gateway.chat(body, { headers })
      expect(response.status).toBe(504)
      expect((await errorOf(response)).code).toBe('upstream_timeout')
      expect(performance.now() - asked).toBeGreaterThan(1_450)
      expect(performance.now() - asked).toBeLessThan(3_000)
      expect((await demo.served(idOf(response))).outcome).toBe('aborted')
    })

    test('to go on: an error event in the stream, and no [DONE]', async () => {
      const asked = performance.now()
      const response = await gateway.chat({ model: 'pool/chat', messages, stream: true })
      expect(response.status).toBe(200)
      const text = await response.text()
      expect(text).toContain('"code":"upstream_timeout"')
      expect(text).not.toContain('[DONE]')
      expect(performance.now() - asked).toBeLessThan(3_500)
    })
  })

  // The last one: it ends the gateway, which has the ledger open.
  test('a price becomes the amount in the ledger: exact, rounded half up once per request', async () => {
    const priced = await ask({ model: 'acme/chat' }, { 'x-demo-tokens': '13' })
    const perCall = await ask({ model: 'pool/chat' })
    const free = await ask({ model: 'box/chat' })
    gateway.signal('SIGTERM')
    expect((await gateway.exited).code).toBe(0)

    const ledger = await readLedger(folder.path)
    const input = priced.answer.usage?.prompt_tokens ?? 0
    const row = ledger.get(priced.id)
    expect(row).toMatchObject({ input_tokens: input, output_tokens: 13, provider: 'acme' })
    // In tenths of a nano-USD: 0.5 and 1700.2 per token.
    expect(row?.amount_nano_usd).toBe(Math.floor((input * 5 + 13 * 17_002 + 5) / 10))
    expect(ledger.get(perCall.id)?.amount_nano_usd).toBe(7 * 1_000 + 3 * 2_000 + 1_000_000)
    expect(ledger.get(free.id)?.amount_nano_usd).toBe(0)
    for (const secret of [acmeKey, ...poolKeys, ciKey]) {
      expect(gateway.stdout + gateway.stderr).not.toContain(secret)
    }
  }, 60_000)
})
