import { expect, test } from '@jest/globals'
import { GatewayError } from '@sluice/kernel/errors'
import { readBody } from './read-body.ts'

const problemOf = (body: Buffer | string) => {
  try {
    readBody(Buffer.from(body as string))
  } catch (error) {
    return GatewayError.is(error) ? [error.status, error.param, error.message] : error
  }
  return null
}

test.each<[string, Buffer | string, RegExp]>([
  ['is not UTF-8', Buffer.from([0x7b, 0xff]), /not UTF-8/],
  ['is cut', '{"model":', /not valid JSON/],
  ['is a list', '[]', /must be a JSON object/],
  ['is nested too deep', `{"a":${'['.repeat(70)}${']'.repeat(70)}}`, /64 levels/],
])('a body that %s is a 400', (_, body, message) => {
  const [status, , text] = problemOf(body) as [number, unknown, string]
  expect([status, text]).toEqual([400, expect.stringMatching(message)])
})

test('a key that reaches a prototype is refused by name', () => {
  expect(problemOf('{"a":[{"__proto__":1}]}')).toEqual([
    400,
    'a[0].__proto__',
    'The key __proto__ is not allowed',
  ])
})

test('S-68: inside JSON that is the caller’s own such a key is a name like any other', () => {
  const schema =
    '{"type":"object","properties":{"constructor":{"type":"string"},"__proto__":{"x":1}}}'
  for (const body of [
    `{"tools":[{"function":{"parameters":${schema}}}]}`,
    `{"tools":[{"input_schema":${schema}}],"metadata":{"prototype":"p"}}`,
    `{"messages":[{"content":[{"type":"tool_use","input":${schema}}]}]}`,
  ]) {
    expect(problemOf(body)).toBeNull()
  }
  expect(({} as { x?: number }).x).toBeUndefined()
  const [status, param] = problemOf(`{"input":[${schema}]}`) as unknown[]
  expect([status, param]).toEqual([400, 'input[0].properties.constructor'])
})
