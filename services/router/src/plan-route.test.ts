import { describe, expect, test } from '@jest/globals'
import { buildCatalogue } from '@sluice/catalogue/build-catalogue'
import { environmentProviders } from '@sluice/catalogue/environment-providers'
import { parseConfigurationFile } from '@sluice/catalogue/read-configuration-file'
import { GatewayError } from '@sluice/kernel/errors'
import { planRoute } from './plan-route.ts'

const file = parseConfigurationFile(
  'sluice.yaml',
  `providers:
  - { name: acme, wire: openai-chat, base_url: "http://127.0.0.1:9103/v1", pool: fast-lane }
models:
  - { name: acme/fast, provider: acme, upstream_model: fast-2, price: { input: 1, output: 2 } }
aliases: { quick: { model: acme/fast, max_tokens: 100 } }
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
    {
      name: 'ollama/llama3',
      provider: 'ollama',
      upstreamModel: 'llama3',
      price: null,
      capabilities: {},
      suffixes: false,
    },
  ],
  prices: (provider, model) => (provider === 'openai' && model === 'gpt-4o' ? price : null),
  demoUrl: 'http://127.0.0.1:1',
  env,
})
const plan = (model: string, models: string[] | null = null) =>
  planRoute({ model, caller: { models } }, catalogue)

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
  const refusal = (model: string, models: string[] | null = null) => {
    try {
      plan(model, models)
    } catch (error) {
      if (GatewayError.is(error)) return error
    }
    throw new Error(`${model} was routed`)
  }

  test('M-025: an unknown model is 404 model_not_found with the nearest names', () => {
    const error = refusal('acme/fats')
    expect(error).toMatchObject({ code: 'model_not_found', status: 404, param: 'model' })
    expect(error.message).toContain('acme/fast')
  })

  test('names that the key may not use are not given away', () => {
    expect(refusal('demo/chaat', ['acme/*']).message).not.toContain('demo/chat,')
    expect(refusal('demo/chaat', ['acme/*']).message).toContain('acme/fast')
  })

  test('a model whose price nobody knows is not routed', () => {
    expect(refusal('openai/unheard-of').code).toBe('model_not_found')
  })

  test('a suffix is served by demo models only', () => {
    expect(refusal('acme/fast:429').code).toBe('model_not_found')
  })

  test('a hostile name costs little and is not echoed whole', () => {
    expect(refusal('x'.repeat(1_000_000)).message.length).toBeLessThan(1_000)
  })
})
