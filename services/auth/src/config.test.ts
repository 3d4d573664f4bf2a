import { expect, test } from '@jest/globals'
import { readAuthConfig } from './config.ts'

test('the bootstrap key is what AUTH_TOKEN says', () => {
  const key = 'a-key-of-twenty-four-chars'
  expect(readAuthConfig({ AUTH_TOKEN: key })).toEqual({
    bootstrapKey: key,
    licence: { token: null, publicKeyPath: null },
  })
})

test('AUTH_TOKEN must be there and have at least 24 characters', () => {
  expect(() => readAuthConfig({})).toThrow(/^AUTH_TOKEN: must be set/)
  expect(() => readAuthConfig({ AUTH_TOKEN: '' })).toThrow(/^AUTH_TOKEN: must be set/)
  expect(() => readAuthConfig({ AUTH_TOKEN: 'x'.repeat(23) })).toThrow(
    /^AUTH_TOKEN: must have at least 24 characters/,
  )
})
