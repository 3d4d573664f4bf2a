import { expect, test } from '@jest/globals'
import { withValue, writtenValues } from './written-values.ts'

const file = `# Ours.
providers:
  - name: acme            # the first
    wire: openai-chat
    base_url: http://127.0.0.1:9103/v1
    auth: { type: bearer, key: "\${ACME_KEY}" }
models:
  - { name: acme/fast-1.5, provider: acme, price: { input: 0.15, output: 0.60 } }   # dear
aliases:
  fast: { model: acme/fast-1.5 }
default_model: fast # for auto
`

test('values are read as they are written, with their line', () => {
  const found = writtenValues(file).map(({ path, value, line }) => [path.join(' '), value, line])
  expect(found).toContainEqual(['providers acme auth key', '${ACME_KEY}', 6])
  expect(found).toContainEqual(['models acme/fast-1.5 price input', 0.15, 8])
  expect(found.at(-1)).toEqual(['default_model', 'fast', 11])
})

test.each([
  ['default_model', 'acme/fast-1.5', 'default_model: fast', 'default_model: acme/fast-1.5'],
  ['models.acme/fast-1.5.price.input', 2, 'input: 0.15', 'input: 2'],
  ['models.acme/fast-1.5.price', 'free', '{ input: 0.15, output: 0.60 }', 'free'],
  ['providers.acme.auth.key', '${A}, b', '"${ACME_KEY}"', '"${A}, b"'],
  ['providers.acme.base_url', 'http://a/v1', 'http://127.0.0.1:9103/v1', 'http://a/v1'],
])('%s: a value that is there is replaced in its place alone', (place, value, was, is) => {
  const after = withValue(file, place, value)
  expect(after).toBe(file.replace(was, () => is))
  const found = writtenValues(after).find(({ path }) => path.join('.') === place)
  expect(found?.value).toBe(value)
})

test('what is not there is added, and everything said beside the values stays', () => {
  const more = withValue(file, 'models.acme/slow.v2', { provider: 'acme', price: 'free' })
  const named = withValue(more, 'aliases.slow-1.0', { model: 'acme/slow.v2' })
  const after = withValue(named, 'models.acme/slow.v2.capabilities.tools', true)
  for (const comment of ['# Ours.', '# the first', '# dear', '# for auto'])
    expect(after).toContain(comment)
  const values = writtenValues(after).map(({ path, value }) => [path, value])
  expect(values).toContainEqual([['models', 'acme/slow.v2', 'provider'], 'acme'])
  expect(values).toContainEqual([['models', 'acme/slow.v2', 'capabilities', 'tools'], true])
  expect(values).toContainEqual([['aliases', 'slow-1.0', 'model'], 'acme/slow.v2'])
  expect(withValue('', 'default_model', 'a')).toBe('default_model: a\n')
})

test('what is taken away is gone; what is not there is said', () => {
  expect(withValue(file, 'default_model', undefined)).not.toContain('default_model')
  expect(withValue(file, 'models.acme/fast-1.5', undefined)).not.toContain('provider: acme,')
  for (const place of ['default_modell', 'models.none', 'aliases.fast.max_tokens'])
    expect(() => withValue(file, place, undefined)).toThrow(`${place}: is not in the file`)
  expect(() => withValue(file, 'models.none.price', 'free')).toThrow('there is no none.price')
  expect(() => withValue(file, 'default_model.deeper', 1)).toThrow('there is no such place')
})
