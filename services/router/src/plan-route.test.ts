import { describe, expect, test } from '@jest/globals'
import { buildCatalogue } from '@sluice/catalogue/build-catalogue'
import { environmentProviders } from '@sluice/catalogue/environment-providers'
import { parseConfigurationFile } from '@sluice/catalogue/read-configuration-file'
import { modelRow, providerRow } from '@sluice/catalogue/rows'
import { GatewayError } from '@sluice/kernel/errors'
import { listedModels } from './listed-models.ts'
import { planRoute, type RouteSignals } from './plan-route.ts'

const file = parseConfigurationFile(
  'sluice.yaml',
  `providers:
  - { name: acme, wire: openai-chat, also_speaks: [openai-responses], base_url: "http://127.0.0.1:9103/v1", pool: fast-lane, traits: { refuses: [seed], stream_options: false } }
models:
  - { name: acme/fast, provider: acme, upstream_model: fast-2, price: { input: 1, output: 2 } }
  - name: acme/text
    provider: acme
    price: free
    capabilities: { images: false, tools: false, embeddings: false, max_output_tokens: 2000 }
    traits: { refuses: [temperature] }
  - { name: acme/small, provider: acme, price: free, max_total_tokens: 1000, capabilities: { context_window: 8000 } }
  - { name: acme/eyes, provider: acme, price: free, capabilities: { images: true, tools: false } }
  - { name: acme/either, provider: acme, price: free, capabilities: { images: false }, fallbacks: [acme/eyes, openai/gpt-4o] }
aliases: { quick: { model: acme/fast, max_tokens: 100 }, bee: { model: beta/fast } }
default_model: quick
`,
  {},
)
const env = { OPENAI_API_KEY: 'sk-test' }
const price = { input: '1', output: '1' }
const catalogue = buildCatalogue({
  file,
  found: environmentProviders(env),
  discovered: [
    modelRow(
      providerRow({ name: 'ollama', wire: 'ollama', baseUrl: 'http://a', origin: 'environment' }),
      { name: 'ollama/llama3', upstreamModel: 'llama3', price: null },
    ),
  ],
  unpriced: ['openai/gpt-nobody-knows'],
  prices: (provider, model) => (provider === 'openai' && model === 'gpt-4o' ? price : null),
  demoUrl: 'http://127.0.0.1:1',
  env,
})
const ask = (model: string, more: Partial<RouteSignals> = {}) =>
  planRoute(
    {
      model,
      operation: 'chat',
      wire: 'openai-chat',
      needs: [],
      inputTokens: 0,
      maxTokens: null,
      caller: { models: null },
      ...more,
    },
    catalogue,
  )
const plan = (model: string, models: string[] | null = null) => ask(model, { caller: { models } })
const refusalOf = (route: () => unknown) => {
  try {
    route()
  } catch (error) {
    if (GatewayError.is(error)) return error
  }
  throw new Error('it was routed')
}

describe('a route', () => {
  test.each([
    ['acme/fast', 'model', 'acme', 'fast-2'],
    ['quick', 'alias', 'acme', 'fast-2'],
    ['auto', 'default', 'acme', 'fast-2'],
    ['openai/gpt-4o', 'pinned_prefix', 'openai', 'gpt-4o'],
    ['gpt-4o', 'model', 'openai', 'gpt-4o'],
    ['llama3', 'model', 'ollama', 'llama3'],
    ['demo/chat', 'model', 'demo', 'demo/chat'],
    ['demo/chat:429', 'model', 'demo', 'demo/chat:429'],
  ])('%s is chosen by %s and goes to %s as %s', (model, code, provider, upstreamModel) => {
    const { targets, reason } = plan(model)
    expect(reason.code).toBe(code)
    expect(targets).toHaveLength(1)
    expect(targets[0]).toMatchObject({ provider, upstreamModel })
  })

  test('carries the pool of its provider, the price and the cap of its alias', () => {
    expect(plan('quick').targets[0]).toMatchObject({
      pool: 'fast-lane',
      price: { input: '1', output: '2' },
      maxTokens: 100,
    })
  })

  test('is the same twice', () => {
    expect(plan('quick')).toEqual(plan('quick'))
  })
})

describe('no route', () => {
  const refusal = (model: string, models: string[] | null = null) =>
    refusalOf(() => plan(model, models))

  test('M-025: an unknown model is 404 model_not_found with the nearest names', () => {
    const error = refusal('acme/fats')
    expect(error).toMatchObject({ code: 'model_not_found', status: 404, param: 'model' })
    expect(error.message).toContain('acme/fast')
  })

  test('an alias whose model is not there says which; nobody is pointed to it', () => {
    const { code, message } = refusalOf(() => plan('bee'))
    expect(code).toBe('model_not_found')
    expect(message).toBe("The alias 'bee' names 'beta/fast', which is not served.")
    expect(refusalOf(() => plan('beee')).message).not.toMatch(/\bbee\b/)
  })

  test('names that the key may not use are not given away', () => {
    expect(refusal('demo/chaat', ['acme/*']).message).not.toContain('demo/chat,')
    expect(refusal('demo/chaat', ['acme/*']).message).toContain('acme/fast')
  })

  test('a model whose price nobody knows is not routed', () => {
    expect(refusal('openai/unheard-of').code).toBe('model_not_found')
  })

  test('M-130: a model that is there and has no price says so', () => {
    const error = refusal('openai/gpt-nobody-knows')
    expect(error).toMatchObject({ code: 'model_not_found', status: 404, param: 'model' })
    expect(error.message).toContain('price')
  })

  test('a suffix is served by demo models only', () => {
    expect(refusal('acme/fast:429').code).toBe('model_not_found')
  })

  test('a hostile name costs little and is not echoed whole', () => {
    expect(refusal('x'.repeat(1_000_000)).message.length).toBeLessThan(1_000)
  })
})

describe('M-088: what a model lacks', () => {
  test('a model that lacks a need is skipped for its fallback, and named with what it lacks', () => {
    const { targets, skipped } = ask('acme/either', { needs: ['images'] })
    expect(targets.map(({ model }) => model)).toEqual(['acme/eyes', 'openai/gpt-4o'])
    expect(skipped).toEqual([{ model: 'acme/either', lacks: ['images'] }])
  })

  test('M-089: without such a need the fallbacks follow the model', () => {
    const { targets, skipped } = ask('acme/either')
    expect(targets.map(({ model }) => model)).toEqual(['acme/either', 'acme/eyes', 'openai/gpt-4o'])
    expect(skipped).toBeUndefined()
  })

  test.each([
    [{ needs: ['images'] }, 'images', 'messages'],
    [{ needs: ['tools', 'images'] }, 'tools, images', 'tools'],
    [{ needs: ['images'], wire: 'openai-responses' }, 'images', 'input'],
    [{ operation: 'embeddings' }, 'embeddings', 'model'],
  ] as [Partial<RouteSignals>, string, string][])(
    'when none is left it is a 400 that lists what is missing and names the member: %j',
    (more, lacks, param) => {
      const error = refusalOf(() => ask('acme/text', more))
      expect(error).toMatchObject({ code: 'capability_missing', status: 400, param })
      expect(error.message).toContain(lacks)
    },
  )

  test.each([
    ['demo/rerank', 'chat', /'demo\/rerank' does not do chat completions/],
    ['demo/embed', 'chat', /'demo\/embed' does not do chat completions/],
    ['acme/text', 'embeddings', /'acme\/text' does not do embeddings/],
  ] as const)(
    '%s asked for %s says that it is there, and for what not',
    (model, operation, said) => {
      const error = refusalOf(() => ask(model, { operation }))
      expect(error).toMatchObject({ code: 'capability_missing', status: 400, param: 'model' })
      expect(error.message).toMatch(said)
    },
  )

  test('the demo models say what each is for', () => {
    const told = Object.fromEntries(
      listedModels(catalogue).map(({ id, capabilities }) => [id, capabilities]),
    )
    expect(told['demo/chat']).toEqual({ chat: true })
    expect(told['demo/tools']).toEqual({ chat: true, tools: true })
    expect(told['demo/rerank']).toEqual({ chat: false, rerank: true })
    expect(told['demo/embed']).toEqual({ chat: false, embeddings: true })
  })

  test('what a row does not say is left to the provider', () => {
    expect(ask('acme/fast', { needs: ['tools', 'images', 'audio'] }).targets).toHaveLength(1)
  })
})

describe('a target', () => {
  test('is spoken to in the dialect of the caller where its provider has it', () => {
    expect(ask('acme/fast', { wire: 'openai-responses' }).targets[0]?.wire).toBe('openai-responses')
    expect(ask('acme/fast', { wire: 'anthropic-messages' }).targets[0]?.wire).toBe('openai-chat')
  })

  test('carries the traits of the model over those of its provider', () => {
    expect(ask('acme/fast').targets[0]?.traits).toEqual({ refuses: ['seed'], streamOptions: false })
    expect(ask('acme/text').targets[0]?.traits).toEqual({
      refuses: ['temperature'],
      streamOptions: false,
      defaultMaxTokens: 2_000,
    })
  })

  test('takes events of 16 MB where images may be in them, else what the provider-adapter takes', () => {
    expect(ask('acme/fast').targets[0]?.maxEventBytes).toBeNull()
    expect(ask('acme/eyes').targets[0]?.maxEventBytes).toBe(16_777_216)
  })
})

describe('M-250: a call that is larger than its model takes', () => {
  test.each([
    [{ inputTokens: 700, maxTokens: 400 }, 'max_total_tokens'],
    [{ inputTokens: 20_000 }, 'context_window'],
    [{ maxTokens: 9_000 }, 'context_window'],
  ])('is a 400 before any call: %j', (more, lacks) => {
    const error = refusalOf(() => ask('acme/small', more))
    expect(error).toMatchObject({ code: 'capability_missing', status: 400, param: 'messages' })
    expect(error.message).toContain(lacks)
  })

  test('one that fits is not', () => {
    expect(ask('acme/small', { inputTokens: 600, maxTokens: 400 }).targets).toHaveLength(1)
    expect(ask('acme/fast', { inputTokens: 10_000_000 }).targets).toHaveLength(1)
  })
})
