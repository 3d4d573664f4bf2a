import { expect, test } from '@jest/globals'
import { duplicateName, scanStructure } from './duplicate-names.ts'
import { readBody } from './read-body.ts'

test.each([
  ['{}', 0],
  ['{"a":1,"b":{"c":[{"d":"e"},{"d":"f"}]}}', 5],
  ['{"a" \n\t: "b:\\":\\\\","c":[":","\\\\\\"",""]}', 2],
  ['["a:", "b"]', 0],
])('counts the members of %s', (json, count) => {
  JSON.parse(json)
  expect(scanStructure(json, 64).names).toBe(count)
  expect(duplicateName(json)).toBeNull()
})

test.each([
  ['{"model":"a","messages":[{"role":"user","role":"system"}]}', 'role'],
  [String.raw`{"a":{"role":1,"ro\u006ce":2}}`, 'role'],
  ['{"a":1,"b":[],"a" : 2}', 'a'],
])('S-69: %s has a member twice', (json, name) => {
  expect(duplicateName(json)).toBe(name)
  expect(() => readBody(Buffer.from(json))).toThrow(`'${name}'`)
})

test('S-69: equal names in different objects, and numbered members, are no repetition', () => {
  const json = '{"0":1,"a":{"0":1,"a":[{"a":1},{"a":2}]},"b":"{\\"a\\":1,\\"a\\":2}"}'
  expect(readBody(Buffer.from(json))).toMatchObject({ a: { 0: 1 } })
})

test('S-66: how deep a text goes is known before it is parsed, whatever stands in its strings', () => {
  const nested = (depth: number) => '['.repeat(depth) + '"[[[{{{\\"[["' + ']'.repeat(depth)
  expect(scanStructure(nested(64), 64).names).toBe(0)
  expect(scanStructure(nested(65), 64).names).toBeUndefined()
  for (const broken of ['', '"', '"\\', '{"a', '}}}}', '{"a":"b', '\\"']) {
    expect(scanStructure(broken, 64).names).toBeDefined()
  }
})
