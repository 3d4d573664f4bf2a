import { expect, test } from '@jest/globals'
import { Caller } from '@sluice/contracts/caller'
import fc from 'fast-check'
import { canonicalJson } from './canonical-json.ts'
import { attachOf, readRepetition } from './repetition.ts'

const caller = (tenantId: string, keyId: string) =>
  Caller.parse({ tenantId, projectId: 'p', keyId, keyName: 'n', models: null })
const route = '/v1/chat/completions'

/** The same value, every object written in another order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, shuffled(member)]),
  )
}

/** Keys that reach a prototype are refused before. */
const json = fc
  .json()
  .filter((text) => !text.includes('__proto__'))
  .map((text) => JSON.parse(text) as unknown)

test('two ways to write one value are one text, which still is that value', () => {
  fc.assert(
    fc.property(json, (value) => {
      const text = canonicalJson(value)
      expect(canonicalJson(shuffled(value))).toBe(text)
      expect(JSON.parse(text)).toEqual(value)
    }),
  )
})

test('two values are two texts', () => {
  fc.assert(
    fc.property(json, json, (one, other) => {
      const equal = JSON.stringify(shuffled(one)) === JSON.stringify(shuffled(other))
      if (equal) return
      const parsedEqual = canonicalJson(one) === canonicalJson(other)
      if (parsedEqual) expect(one).toEqual(other)
    }),
  )
})

test.each([
  [{}, null],
  [{ 'x-stainless-retry-count': '0' }, { kind: 'retry', retryCount: 0 }],
  [{ 'x-stainless-retry-count': '2' }, { kind: 'retry', retryCount: 2 }],
  [{ 'x-stainless-retry-count': 'two' }, null],
  [{ 'idempotency-key': 'a-1' }, { kind: 'idempotency', key: 'a-1', retryCount: 0 }],
  [
    { 'idempotency-key': 'a', 'x-stainless-retry-count': '1' },
    { kind: 'idempotency', key: 'a', retryCount: 1 },
  ],
])('M-034: %j', (headers, expected) => {
  expect(readRepetition(headers)).toEqual(expected)
})

test.each([
  ['empty', ''],
  ['a blank', ' '],
  ['two words', 'a b'],
  ['not ASCII', 'ü'],
  ['a tab', 'a\tb'],
  ['256 characters', 'x'.repeat(256)],
])('M-034: an Idempotency-Key that is no key is refused: %s', (_name, key) => {
  expect(() => readRepetition({ 'idempotency-key': key })).toThrow(/1 to 255 visible ASCII/)
})

test('M-034: only the same tenant, key, route and name find each other', () => {
  const body = { a: 1 }
  const named = (key: string) => ({ kind: 'idempotency', key, retryCount: 0 }) as const
  const keys = [
    attachOf(named('k'), route, caller('t', 'k1'), body),
    attachOf(named('k'), route, caller('t', 'k2'), body),
    attachOf(named('k'), route, caller('u', 'k1'), body),
    attachOf(named('k'), '/v1/embeddings', caller('t', 'k1'), body),
    attachOf(named('l'), route, caller('t', 'k1'), body),
    attachOf({ kind: 'retry', retryCount: 0 }, route, caller('t', 'k1'), body),
  ].map(({ key }) => key)
  expect(new Set(keys).size).toBe(keys.length)
})

test('M-034: the same JSON is the same body, however it is written; the count is no part of the name', () => {
  const one = attachOf(
    { kind: 'retry', retryCount: 0 },
    route,
    caller('t', 'k'),
    JSON.parse('{"a":1.0,"b":[2]}'),
  )
  const two = attachOf(
    { kind: 'retry', retryCount: 1 },
    route,
    caller('t', 'k'),
    JSON.parse('{ "b": [2], "a": 1 }'),
  )
  const three = attachOf(
    { kind: 'retry', retryCount: 1 },
    route,
    caller('t', 'k'),
    JSON.parse('{"a":1,"b":[3]}'),
  )
  expect([two.key, two.bodyHash]).toEqual([one.key, one.bodyHash])
  expect(three.key).not.toBe(one.key)
})
