import { randomBytes } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readKeyRing } from './config.ts'
import { createSecretBox, type KeyRing, type SecretPlace } from './secret-box.ts'

const place: SecretPlace = { tenant: 't1', table: 'providers', column: 'key', row: 'acme' }
const oldKey = randomBytes(32)
const newKey = randomBytes(32)
const before: KeyRing = { currentId: 'k1', keys: new Map([['k1', oldKey]]) }
const after: KeyRing = {
  currentId: 'k2',
  keys: new Map([
    ['k2', newKey],
    ['k1', oldKey],
  ]),
}
const unreadable = expect.objectContaining({ code: 'secret_unreadable' })

describe('M-121, M-321: a sealed secret', () => {
  test('opens to what was sealed, whatever it was', () => {
    const box = createSecretBox(before)
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (secret) => {
        expect(box.open(box.seal(secret, place), place)).toBe(secret)
      }),
    )
  })

  test('shows nothing of the secret, and is another text each time', () => {
    const box = createSecretBox(before)
    const [first, second] = [box.seal('sk-secret', place), box.seal('sk-secret', place)]
    expect(first).not.toBe(second)
    expect(first).toMatch(/^v1\.k1\.[\w-]+\.[\w-]+$/)
    for (const encoding of ['utf8', 'base64', 'base64url', 'hex'] as const)
      expect(first).not.toContain(Buffer.from('sk-secret').toString(encoding))
  })

  test.each([
    { tenant: 't2' },
    { table: 'other' },
    { column: 'other' },
    { row: 'other' },
    { tenant: 't1|9:providers', table: '' },
  ])('attack 151: opens nowhere else: %j', (elsewhere) => {
    const box = createSecretBox(before)
    const sealed = box.seal('secret', place)
    expect(() => box.open(sealed, { ...place, ...elsewhere })).toThrow(unreadable)
  })

  test('attack 151: with any bit flipped it is refused', () => {
    const box = createSecretBox(before)
    const parts = box.seal('secret', place).split('.')
    for (const part of [2, 3]) {
      const bytes = Buffer.from(parts[part] ?? '', 'base64url')
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const flipped = Buffer.from(bytes)
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
        const sealed = parts.with(part, flipped.toString('base64url')).join('.')
        expect(() => box.open(sealed, place)).toThrow(unreadable)
      }
    }
  })

  test('attack 151: with a shorter tag it is refused', () => {
    const box = createSecretBox(before)
    const [version, id, nonce, data] = box.seal('a longer secret than a tag', place).split('.')
    for (const cut of [1, 4, 12, 15]) {
      const short = Buffer.from(data ?? '', 'base64url').subarray(0, -cut)
      const sealed = [version, id, nonce, short.toString('base64url')].join('.')
      expect(() => box.open(sealed, place)).toThrow(unreadable)
    }
  })

  test.each(['', 'plain text', 'v1.k1', 'v1.k1..', 'v2.k1.AAAA.AAAA', 'v1.k1.AAAA.AAAA.AAAA'])(
    'what was never sealed is refused: %j',
    (text) => {
      expect(() => createSecretBox(before).open(text, place)).toThrow(unreadable)
    },
  )
})

describe('M-321: rotation', () => {
  test('what an earlier key sealed stays readable, and is sealed again with the new one', () => {
    const sealed = createSecretBox(before).seal('secret', place)
    const box = createSecretBox(after)
    expect(box.open(sealed, place)).toBe('secret')
    expect(box.isCurrent(sealed)).toBe(false)
    const again = box.reseal(sealed, place)
    expect(box.isCurrent(again)).toBe(true)
    const withoutOld = createSecretBox({ currentId: 'k2', keys: new Map([['k2', newKey]]) })
    expect(withoutOld.open(again, place)).toBe('secret')
    expect(() => withoutOld.open(sealed, place)).toThrow(unreadable)
  })

  test('a key under the id of another opens nothing', () => {
    const sealed = createSecretBox(before).seal('secret', place)
    const swapped = createSecretBox({ currentId: 'k1', keys: new Map([['k1', newKey]]) })
    expect(() => swapped.open(sealed, place)).toThrow(unreadable)
  })
})

describe('the keys of the environment', () => {
  const key = oldKey.toString('base64')

  test('base64 and hex, with earlier ones', () => {
    const ring = readKeyRing({
      ENCRYPTION_KEY: key,
      ENCRYPTION_KEY_ID: '2026-11',
      ENCRYPTION_KEYS_PREVIOUS: `2026-05:${newKey.toString('hex')}`,
    })
    expect(ring?.currentId).toBe('2026-11')
    expect(ring?.keys).toEqual(
      new Map([
        ['2026-11', oldKey],
        ['2026-05', newKey],
      ]),
    )
  })

  test('none is none', () => {
    expect(readKeyRing({})).toBeNull()
  })

  test.each([
    [{ ENCRYPTION_KEY: key }, 'ENCRYPTION_KEY_ID'],
    [{ ENCRYPTION_KEY_ID: 'a' }, 'ENCRYPTION_KEY'],
    [{ ENCRYPTION_KEYS_PREVIOUS: `a:${key}` }, 'ENCRYPTION_KEY'],
    [{ ENCRYPTION_KEY: 'change-me', ENCRYPTION_KEY_ID: 'a' }, '32 bytes'],
    [
      { ENCRYPTION_KEY: key, ENCRYPTION_KEY_ID: 'a', ENCRYPTION_KEYS_PREVIOUS: `a:${key}` },
      'twice',
    ],
    [{ ENCRYPTION_KEY: key, ENCRYPTION_KEY_ID: 'a', ENCRYPTION_KEYS_PREVIOUS: key }, 'id:key'],
  ])('a mistake is told without the key', (env, problem) => {
    let message = ''
    try {
      readKeyRing(env)
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).toContain(problem)
    expect(message).not.toContain(key)
  })
})
