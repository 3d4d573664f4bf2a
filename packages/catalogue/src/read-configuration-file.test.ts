import { describe, expect, test } from '@jest/globals'
import { parseConfigurationFile } from './read-configuration-file.ts'
import { providerRow } from './rows.ts'
import { writtenModel, writtenProvider } from './written-rows.ts'

const valid = `
providers:
  - name: acme
    wire: openai-chat
    base_url: http://127.0.0.1:9103/v1
    auth: { type: bearer, key: "\${ACME_KEY}" }
models:
  - name: acme/fast
    provider: acme
    upstream_model: fast-2
    price: { input: 0.15, output: 0.60, cached_input: 0.075 }
aliases: { fast: { model: acme/fast, max_tokens: 4096 } }
keys:
  - { name: ci, key: "a-key-of-24-characters-or-more", models: ["acme/*"] }
`

/** Of the first model of a file. */
function priceOf(text: string) {
  const [row] = parseConfigurationFile('sluice.yaml', text, { ACME_KEY: 'secret' }).models
  const acme = providerRow({ name: 'acme', wire: 'ollama', baseUrl: 'http://a', origin: 'file' })
  return row && writtenModel(row, acme, 'sluice.yaml')?.price
}

function problemsOf(text: string, env: Record<string, string> = {}): string[] {
  try {
    parseConfigurationFile('sluice.yaml', text, env)
  } catch (error) {
    return (error as Error).message.split('\n')
  }
  return []
}

describe('a valid file', () => {
  test('is read, with variables filled in and prices as exact decimals', () => {
    const file = parseConfigurationFile('sluice.yaml', valid, { ACME_KEY: 'secret' })
    expect(file.providers[0]?.auth).toEqual({ type: 'bearer', key: 'secret' })
    expect(priceOf(valid)).toEqual({ input: '0.15', output: '0.6', cached_input: '0.075' })
    expect(file.keys[0]).toMatchObject({ tenant: 'default', project: 'default' })
  })

  test('tiny prices stay plain decimals', () => {
    expect(priceOf(valid.replace('0.15', '0.0000001'))).toMatchObject({ input: '0.0000001' })
  })

  test('an empty file is an empty configuration', () => {
    expect(parseConfigurationFile('sluice.yaml', '', {}).models).toEqual([])
  })
})

describe('a provider row', () => {
  const read = (row: string) =>
    parseConfigurationFile(
      'sluice.yaml',
      `providers:\n  - { name: p, base_url: "https://h", ${row} }`,
      {},
    )

  test.each([
    'openai-chat',
    'openai-responses',
    'openai-completions',
    'anthropic-messages',
    'gemini',
    'ollama',
  ])('M-110: may speak %s', (wire) => {
    expect(read(`wire: ${wire}`).providers[0]?.wire).toBe(wire)
  })

  test('M-114: Google OAuth, by a file', () => {
    const auth = 'auth: { type: google-oauth, credentials_file: /sa.json }'
    const options = 'options: { project: p, location: us-east5 }'
    expect(read(`wire: gemini, ${auth}, ${options}`).providers[0]).toMatchObject({
      auth: { type: 'google-oauth', credentials_file: '/sa.json' },
      options: { project: 'p', location: 'us-east5' },
    })
    expect(() => read(`wire: gemini, ${auth}`)).toThrow('needs project with google-oauth')
  })

  test('M-118: AWS, by a key and a region', () => {
    const auth = 'auth: { type: aws-sigv4, access_key_id: a, secret_access_key: s }'
    const row = `wire: bedrock-converse, ${auth}, options: { region: eu-west-1 }`
    expect(read(row).providers[0]?.auth).toMatchObject({ type: 'aws-sigv4', access_key_id: 'a' })
    expect(() => read(`wire: bedrock-converse, ${auth}`)).toThrow('needs region')
  })

  test.each(['a/../b', 'x/y', 'a?b', 'a b', ''])(
    'T61: a project that would change the address is refused: %j',
    (project) => {
      const row = `wire: gemini, options: { project: ${JSON.stringify(project)}, location: global }`
      expect(() => read(row)).toThrow('options.project')
    },
  )

  test('traits are written with underscores', () => {
    const row =
      'wire: openai-chat, traits: { refuses: [seed], stream_options: false, max_tokens_name: max_tokens }'
    const [written] = read(row).providers
    const none = { type: 'none' } as const
    expect(written && writtenProvider(written, none, { origin: 'file' }).traits).toEqual({
      refuses: ['seed'],
      streamOptions: false,
      maxTokensName: 'max_tokens',
    })
    expect(() => read('wire: openai-chat, traits: { streamOptions: false }')).toThrow(
      'streamOptions',
    )
  })

  test.each([
    ['headers: { Host: a }', 'headers'],
    ['headers: { x-a: "b\\nc" }', 'headers'],
    ['tls: { cert: /c.pem }', 'go together'],
    ['capabilities: {}', 'capabilities'],
  ])('a mistake is told: %s', (row, problem) => {
    expect(() => read(`wire: openai-chat, ${row}`)).toThrow(problem)
  })
})

describe('a model row', () => {
  const read = (row: string) =>
    parseConfigurationFile(
      'sluice.yaml',
      `providers: [{ name: p, wire: ollama, base_url: "http://h" }]\nmodels:\n  - { name: m, ${row} }`,
      {},
    )

  test('capabilities are known names only', () => {
    const row = 'provider: p, price: free, capabilities: { tools: true, context_window: 8000 }'
    expect(read(row).models[0]?.capabilities).toEqual({ tools: true, context_window: 8000 })
    expect(() => read('provider: p, price: free, capabilities: { vision: true }')).toThrow('vision')
  })

  test('M-130: may give a model of an environment provider another price, with its date', () => {
    const row = 'provider: openai, price: { input: 1, output: 2 }, price_date: 2026-10-01'
    expect(read(row).models[0]?.price_date).toBe('2026-10-01')
  })

  test('fallbacks must be there', () => {
    expect(() => read('provider: p, price: free, fallbacks: [nothing]')).toThrow(
      'no model named nothing',
    )
    expect(() => read('provider: p, price: free, fallbacks: [p/nothing]')).toThrow(
      'no model named p/nothing',
    )
    expect(() => read('provider: p, price: free, fallbacks: [m]')).toThrow('the model itself')
    expect(
      read('provider: p, price: free, fallbacks: [openai/gpt-4o]').models[0]?.fallbacks,
    ).toEqual(['openai/gpt-4o'])
  })
})

describe('a broken file gets one line per problem, with its place', () => {
  test('a missing variable', () => {
    expect(problemsOf(valid)).toEqual([
      'sluice.yaml:6: the environment variable ACME_KEY is not set',
    ])
  })

  test('several mistakes are reported together', () => {
    const text = `providers:
  - name: acme
    wire: openai-chatt
    base_url: not a url
models:
  - name: acme/fast
    provider: acme
    price: { input: cheap, output: 1 }
keys:
  - { name: ci, key: short }
`
    const problems = problemsOf(text)
    expect(problems).toHaveLength(4)
    expect(problems[0]).toMatch(/^sluice\.yaml:3: providers\[0\]\.wire: /)
    expect(problems[1]).toMatch(/^sluice\.yaml:4: providers\[0\]\.base_url: /)
    expect(problems[2]).toMatch(/^sluice\.yaml:8: models\[0\]\.price\.input: /)
    expect(problems[3]).toMatch(
      /^sluice\.yaml:10: keys\[0\]\.key: must have at least 24 characters/,
    )
  })

  test('an unknown member is a mistake, not silence', () => {
    expect(problemsOf('provders: []')[0]).toMatch(/^sluice\.yaml:1: the file: .*provders/)
  })

  test('YAML that does not parse', () => {
    expect(problemsOf('models: [')[0]).toMatch(/^sluice\.yaml:1: /)
  })

  test('references to things that are not there, duplicates, and a model without price', () => {
    const text = `providers:
  - { name: a, wire: ollama, base_url: "http://127.0.0.1:1" }
  - { name: a, wire: ollama, base_url: "http://127.0.0.1:2" }
models:
  - { name: m, provider: b, price: free }
  - { name: n, provider: a }
aliases:
  quick: { model: nothing }
`
    expect(problemsOf(text)).toEqual([
      'sluice.yaml:3: providers[1].name: a is there twice',
      'sluice.yaml:5: models[0].provider: no provider named b',
      'sluice.yaml:6: models[1]: has no price: give one in USD per 1M tokens, or write price: free',
      'sluice.yaml:8: aliases.quick.model: no model named nothing',
    ])
  })

  test('an alias of a model that its provider does not have; what other places may know passes', () => {
    const text = (model: string) => valid.replace('model: acme/fast,', `model: ${model},`)
    const env = { ACME_KEY: 'secret' }
    expect(problemsOf(text('acme/nope'), env)).toEqual([
      'sluice.yaml:12: aliases.fast.model: no model named acme/nope',
    ])
    for (const elsewhere of ['demo/chat:429', 'openai/gpt-4o', 'box/chat'])
      expect(problemsOf(text(elsewhere), env)).toEqual([])
  })

  test('keys that auth could not take: two of one value, and a tenant that is no name', () => {
    const text = `keys:
  - { name: a, key: "a-key-of-24-characters-or-more" }
  - { name: b, key: "a-key-of-24-characters-or-more" }
`
    expect(problemsOf(text)).toEqual(['sluice.yaml:3: keys[1].key: is the key of a as well'])
    expect(problemsOf(text.replace('name: a,', 'name: a, tenant: "a b",'))).toEqual([
      'sluice.yaml:2: keys[0].tenant: letters, digits and . _ - only',
    ])
  })
})
