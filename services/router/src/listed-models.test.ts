import { expect, test } from '@jest/globals'
import type { Catalogue, Model } from '@sluice/catalogue/catalogue'
import { listedModels } from './listed-models.ts'

const model = (name: string, changes: Partial<Model>) =>
  [name, { name, provider: 'acme', price: null, capabilities: {}, ...changes } as Model] as const

test('a model tells its price and the longest answer that its row knows; an alias those of its model, no longer than its own cap; one without a model is not there', () => {
  const price = { input: '0.15', output: '0.6' }
  const models = new Map([
    model('acme/fast', { price, capabilities: { max_output_tokens: 8_192 } }),
    model('acme/free', {}),
  ])
  const alias = (name: string, target: string, maxTokens: number | null) =>
    [name, { name, model: target, maxTokens }] as const
  const aliases = new Map([
    alias('fast', 'acme/fast', null),
    alias('short', 'acme/fast', 100),
    alias('long', 'acme/fast', 100_000),
    alias('free', 'acme/free', 7),
    alias('gone', 'acme/gone', null),
    alias('off', 'beta/off', null),
  ])
  const providers = new Map([['acme', {}]])
  const unlisted = () => null
  const catalogue = { providers, models, aliases, unlisted } as unknown as Catalogue
  const listed = listedModels(catalogue)
  expect(listed.map((row) => [row.id, row.price, row.maxOutputTokens])).toEqual([
    ['fast', price, 8_192],
    ['short', price, 100],
    ['long', price, 8_192],
    ['free', null, 7],
    ['acme/fast', price, 8_192],
    ['acme/free', null, null],
  ])
})
