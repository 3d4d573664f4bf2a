import { expect, test } from '@jest/globals'
import { createSecretBox } from '@sluice/secret-box'
import { createBusSeal } from './bus-seal.ts'

const boxOf = (byte: number) =>
  createSecretBox({ currentId: 'k', keys: new Map([['k', Buffer.alloc(32, byte)]]) })
const part = { route: 'providers.create', requestId: 'r-1', part: 'body' } as const
const body = { auth: { key: 'sk-secret' } }

test('M-321: what is said to an owner is not readable on the bus, and opens for its call alone', () => {
  const seal = createBusSeal(boxOf(1))
  const sealed = seal.seal(body, part)
  expect(JSON.stringify(sealed)).not.toContain('sk-secret')
  expect(seal.open(sealed, part)).toEqual(body)
  for (const other of [
    { ...part, requestId: 'r-2' },
    { ...part, route: 'providers.change' },
    { ...part, part: 'reply' as const },
  ])
    expect(() => seal.open(sealed, other)).toThrow('cannot be decrypted')
  expect(() => createBusSeal(boxOf(2)).open(sealed, part)).toThrow('cannot be decrypted')
  expect(() => createBusSeal(null).open(sealed, part)).toThrow('ENCRYPTION_KEY')
})

test('what was not sealed, by an edge without a key, is taken as it is', () => {
  expect(createBusSeal(boxOf(1)).open(body, part)).toEqual(body)
  expect(createBusSeal(null).seal(body, part)).toEqual(body)
})
