import { describe, expect, test } from '@jest/globals'
import { traitRows, traitsOf } from './model-traits.ts'
import { modelRow, providerRow } from './rows.ts'
import { vendorOf } from './vendors.ts'

const sampling = ['temperature', 'top_p', 'top_k']

test('M-115: a caller that sets no limit gets more of a known Claude than the wire’s least', () => {
  for (const model of ['claude-sonnet-4-5-20250929', 'claude-opus-5', 'claude-3-5-haiku-20241022'])
    expect(traitsOf('anthropic', model).defaultMaxTokens).toBe(8_192)
  expect(traitsOf('anthropic', 'claude-3-opus-20240229').defaultMaxTokens).toBeUndefined()
})

describe('T30: models that refuse sampling parameters', () => {
  test.each([
    ['anthropic', 'claude-opus-4-7'],
    ['anthropic', 'claude-opus-5'],
    ['anthropic', 'claude-sonnet-4-8-20260901'],
    ['vertex', 'claude-opus-4-7@20260416'],
    ['bedrock', 'us.anthropic.claude-opus-4-7'],
    ['bedrock', 'anthropic.claude-fable-5'],
    ['openrouter', 'anthropic/claude-4.7-opus'],
    [null, 'claude-opus-4.7'],
  ])('T34: %s %s takes adaptive thinking and no prefill', (vendor, model) => {
    const traits = traitsOf(vendor, model)
    expect(traits.refuses).toEqual(expect.arrayContaining(sampling))
    expect(traits).toMatchObject({ thinking: 'adaptive', prefill: false })
  })

  test.each([
    'claude-3-7-sonnet-20250219',
    'claude-sonnet-4-20250514',
    'claude-opus-4-1-20250805',
    'claude-sonnet-4-5-20250929',
    'claude-opus-4-6',
    'claude-3-5-haiku-20241022',
  ])('%s does not', (model) => {
    expect(traitsOf('anthropic', model).refuses).toBeUndefined()
  })

  test.each([
    ['openai', 'o1', true],
    ['openai', 'o3-mini-2025-01-31', true],
    ['openai', 'gpt-5', true],
    ['openai', 'gpt-5-mini-2025-08-07', true],
    ['azure', 'o4-mini', true],
    [null, 'openai/gpt-5-nano', true],
    ['openai', 'gpt-5.1', false],
    ['openai', 'gpt-5-chat-latest', false],
    ['openai', 'gpt-4o', false],
    ['openai', 'gpt-oss-120b', false],
    ['openrouter', 'openai/o3', false],
  ])('%s %s refuses them: %s', (vendor, model, refuses) => {
    expect(traitsOf(vendor, model).refuses?.includes('temperature') ?? false).toBe(refuses)
  })

  test.each([
    ['gpt-5', 'max_completion_tokens'],
    ['gpt-5.2-pro', 'max_completion_tokens'],
    ['o3', 'max_completion_tokens'],
    ['gpt-4o', undefined],
  ])('%s has its limit in %s', (model, name) => {
    expect(traitsOf('openai', model).maxTokensName).toBe(name)
  })
})

test('T37, T44, T11: Mistral takes no seed, no stream_options, and tool call ids of nine characters', () => {
  expect(traitsOf('mistral', 'mistral-large-latest')).toMatchObject({
    refuses: expect.arrayContaining(['seed']),
    streamOptions: false,
    toolCallId: 'nine-alphanumerics',
  })
  expect(traitsOf('groq', 'mistral-saba-24b').toolCallId).toBeUndefined()
})

test.each([
  ['deepseek', 'deepseek-chat'],
  ['openrouter', 'deepseek/deepseek-r1'],
  ['moonshot', 'kimi-k2-thinking'],
  [null, 'moonshotai/Kimi-K2-Thinking'],
])('T26: %s %s gets its thoughts back', (vendor, model) => {
  expect(traitsOf(vendor, model).replaysReasoning).toBe(true)
})

test.each([
  ['anthropic', 'claude-sonnet-4-5-20250929', 'native'],
  ['anthropic', 'claude-opus-5', 'native'],
  ['bedrock', 'us.anthropic.claude-haiku-4-5-20251001-v1:0', 'native'],
  ['anthropic', 'claude-sonnet-4-20250514', undefined],
  ['anthropic', 'claude-opus-4-1-20250805', undefined],
  // An organisation has to allow it there first.
  ['vertex', 'claude-opus-4-7@20260416', undefined],
])('T21: %s %s holds to a schema by itself: %s', (vendor, model, structuredOutput) => {
  expect(traitsOf(vendor, model).structuredOutput).toBe(structuredOutput)
})

test('T59: clouds that run Claude themselves have a version and betas of their own', () => {
  const vertex = traitsOf('vertex', 'claude-sonnet-4-5@20250929')
  expect(vertex.anthropicVersion).toBe('vertex-2023-10-16')
  expect(vertex.anthropicBetas).not.toContain('effort-2025-11-24')
  const bedrock = traitsOf('bedrock', 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0')
  expect(bedrock.anthropicVersion).toBe('bedrock-2023-05-31')
  expect(traitsOf('anthropic', 'claude-sonnet-4-5').anthropicBetas).toBeUndefined()
  expect(traitsOf('bedrock', 'amazon.nova-pro-v1:0').anthropicVersion).toBeUndefined()
})

test('every row of the table has its source and its date', () => {
  for (const { source, asOf } of traitRows) {
    expect(source).toMatch(/\w+\.\w+\/\w/)
    expect(asOf).toMatch(/^20\d\d-\d\d-\d\d$/)
  }
})

test.each([
  ['gemini', 'gemini-3.1-pro-preview', { thinking: 'adaptive', structuredOutput: 'native' }],
  ['vertex', 'gemini-2.5-flash', { replaysReasoning: false }],
  ['bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', { thinking: 'budget' }],
  ['bedrock', 'anthropic.claude-opus-4-7-v1:0', { thinking: 'adaptive' }],
])('T25 T27 how %s %s thinks', (vendor, model, expected) => {
  expect(traitsOf(vendor, model)).toMatchObject(expected)
})

test('a model that is not known to think is not asked to', () => {
  expect(traitsOf('bedrock', 'amazon.nova-pro-v1:0').thinking).toBeUndefined()
})

test('what a row says counts before the table, and its longest answer is the default one', () => {
  const provider = providerRow({
    name: 'p',
    wire: 'openai-chat',
    baseUrl: 'https://api.openai.com/v1',
    origin: 'file',
    traits: { maxTokensName: 'max_tokens' },
  })
  const fields = { name: 'p/o3', upstreamModel: 'o3', price: null }
  expect(modelRow(provider, fields).traits.maxTokensName).toBe('max_tokens')
  const own = { ...fields, traits: { refuses: [] }, capabilities: { max_output_tokens: 9 } }
  expect(modelRow(provider, own).traits).toMatchObject({ refuses: [], defaultMaxTokens: 9 })
})

test.each([
  ['https://api.mistral.ai/v1', 'mistral'],
  ['https://us-east5-aiplatform.googleapis.com', 'vertex'],
  ['https://aiplatform.googleapis.com', 'vertex'],
  ['https://bedrock-runtime.eu-west-1.amazonaws.com', 'bedrock'],
  ['https://acme.openai.azure.com/openai/v1', 'azure'],
  ['https://evil-openrouter.ai/v1', null],
  ['http://127.0.0.1:9103/v1', null],
])('%s is a service of %s', (baseUrl, vendor) => {
  expect(vendorOf(baseUrl)).toBe(vendor)
})
