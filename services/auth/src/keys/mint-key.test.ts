import { hash } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { isMintedKey, mintKey } from './mint-key.ts'

test('M-066: a key names itself, carries 256 bits and a checksum, and only its hash is kept', () => {
  const { id, key, prefix, credentialHash } = mintKey()
  expect(key).toMatch(/^gw_live_[0-9A-Za-z]{17}_[0-9A-Za-z]{49}$/)
  expect(prefix).toBe(`gw_live_${id}`)
  expect(key.startsWith(`${prefix}_`)).toBe(true)
  expect(credentialHash).toBe(hash('sha256', key))
  expect(isMintedKey(key)).toBe(true)
})

test('the same number of digits for the smallest and the largest random bytes', () => {
  for (const byte of [0, 255]) {
    const { key } = mintKey((size) => new Uint8Array(size).fill(byte))
    expect(isMintedKey(key)).toBe(true)
  }
})

test('S-3: a key that is wrong in any one character is known as such without a question', () => {
  const { key } = mintKey()
  for (let i = 0; i < key.length; i += 1) {
    const other = key[i] === 'a' ? 'b' : 'a'
    expect(isMintedKey(key.slice(0, i) + other + key.slice(i + 1))).toBe(false)
  }
  expect(isMintedKey(`${key}a`)).toBe(false)
})

test('no two keys are alike', () => {
  const keys = Array.from({ length: 1_000 }, () => mintKey())
  expect(new Set(keys.map(({ key }) => key)).size).toBe(1_000)
  expect(new Set(keys.map(({ id }) => id)).size).toBe(1_000)
})
