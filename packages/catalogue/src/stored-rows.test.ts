import { describe, expect, test } from '@jest/globals'
import type { StoredRows } from '@sluice/contracts/rows/stored-rows'
import { buildCatalogue } from './build-catalogue.ts'
import { allProviders, type Catalogue, catalogueFor, providerId } from './catalogue.ts'
import { environmentProviders } from './environment-providers.ts'
import { parseConfigurationFile } from './read-configuration-file.ts'

const file = `providers: [{ name: theirs, wire: openai-chat, base_url: "http://file" }]
models: [{ name: theirs/m, provider: theirs, price: free }]`

type Provider = StoredRows['providers'][number]

const provider = (tenant: string | null, name: string, more: Partial<Provider> = {}): Provider => ({
  tenant,
  row: { name, wire: 'openai-chat', base_url: `http://${name}.example/v1` },
  auth: null,
  leaseEndsAt: null,
  updatedAt: 0,
  ...more,
})
const model = (tenant: string | null, name: string, of: string): StoredRows['models'][number] => ({
  tenant,
  row: { name, provider: of, price: { input: 1, output: '2.5' } },
  updatedAt: 0,
})
const alias = (tenant: string | null, name: string, of: string): StoredRows['aliases'][number] => ({
  tenant,
  name,
  row: { model: of, max_tokens: 5 },
  updatedAt: 0,
})

function build(stored: Partial<StoredRows>, text = file): Catalogue {
  const env = { OPENAI_API_KEY: 'sk-test' }
  return buildCatalogue({
    file: parseConfigurationFile('sluice.yaml', text, {}),
    stored: { providers: [], models: [], aliases: [], ...stored },
    found: environmentProviders(env),
    discovered: [],
    prices: () => null,
    demoUrl: null,
    env,
  })
}

describe('rows of the database', () => {
  test('M-129: are served beside those of the file and the environment', () => {
    const catalogue = build({
      providers: [provider(null, 'acme'), provider(null, 'box', { leaseEndsAt: 9 })],
      models: [model(null, 'acme/fast', 'acme'), model(null, 'gpt-x', 'openai')],
      aliases: [alias(null, 'quick', 'acme/fast')],
    })
    expect(catalogue.providers.get('acme')).toMatchObject({ origin: 'database', tenant: null })
    expect(catalogue.providers.get('box')).toMatchObject({ origin: 'registry' })
    expect(catalogue.models.get('acme/fast')?.price).toEqual({ input: '1', output: '2.5' })
    expect(catalogue.models.get('gpt-x')?.provider).toBe('openai')
    expect(catalogue.aliases.get('quick')).toMatchObject({ model: 'acme/fast', maxTokens: 5 })
    expect(catalogue.models.has('theirs/m')).toBe(true)
  })

  test('D-28: give way to a row of the file or the environment that has their name', () => {
    const catalogue = build({
      providers: [provider(null, 'theirs'), provider(null, 'openai')],
      models: [model(null, 'theirs/m', 'theirs')],
    })
    expect(catalogue.providers.get('theirs')).toMatchObject({ origin: 'file' })
    expect(catalogue.providers.get('openai')).toMatchObject({ origin: 'environment' })
    expect(catalogue.models.get('theirs/m')?.price).toBeNull()
  })

  test('that are not enabled, and their models, are not there', () => {
    const off = provider(null, 'acme')
    const row = { ...off.row, enabled: false }
    const catalogue = build({
      providers: [{ ...off, row }],
      models: [model(null, 'acme/fast', 'acme')],
    })
    expect([catalogue.providers.has('acme'), catalogue.models.has('acme/fast')]).toEqual([
      false,
      false,
    ])
  })
})

describe("a tenant's own rows", () => {
  const stored = {
    providers: [provider('red', 'mine'), provider('blue', 'mine'), provider('blue', 'other')],
    models: [model('red', 'mine/m', 'mine')],
    aliases: [alias('red', 'quick', 'theirs/m')],
  }

  test('are seen by that tenant alone, beside what everybody sees', () => {
    const catalogue = build(stored)
    const red = catalogueFor(catalogue, 'red')
    expect([...red.models.keys()]).toEqual(['mine/m', 'theirs/m'])
    expect(red.providers.has('other')).toBe(false)
    expect(red.aliases.has('quick')).toBe(true)
    for (const other of [catalogue, catalogueFor(catalogue, 'blue'), catalogueFor(catalogue, 'x')])
      expect([other.models.has('mine/m'), other.aliases.has('quick')]).toEqual([false, false])
    expect(Array.from(allProviders(catalogue), providerId)).toEqual(
      expect.arrayContaining(['theirs', 'openai', 'red~mine', 'blue~mine']),
    )
  })

  test('never put a model of its own price to a provider of the operator, nor take a name of theirs', () => {
    const catalogue = build({
      providers: [provider('red', 'theirs')],
      models: [
        model('red', 'cheap', 'openai'),
        model('red', 'cheaper', 'theirs'),
        model('red', 'theirs/m', 'theirs'),
      ],
      aliases: [alias('red', 'theirs/m', 'cheap')],
    })
    const red = catalogueFor(catalogue, 'red')
    expect([...red.models.keys()]).toEqual(['theirs/m'])
    expect(red.providers.get('theirs')?.origin).toBe('file')
    expect(red.aliases.size).toBe(0)
  })
})
