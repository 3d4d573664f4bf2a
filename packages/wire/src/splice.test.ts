import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { GatewayError } from '@sluice/kernel/errors'
import { scanMembers } from './splice.ts'

const names = ['model', 'stream', 'stream_options', 'max_tokens'] as const
type Name = (typeof names)[number]

const edit = (text: string, changes: Partial<Record<Name, string | null>>) =>
  scanMembers(Buffer.from(text), names).edit(changes).toString()

const codeOf = (action: () => unknown) => {
  try {
    action()
    return null
  } catch (error) {
    return GatewayError.is(error) ? error.code : 'not a coded error'
  }
}

describe('scanMembers', () => {
  test('replaces, inserts and removes top-level members and leaves every other byte alone', () => {
    const text = '{ "a" : [1.0, {"model": 2}], "model":"x" , "stream": true,"b":1e2 }'
    expect(edit(text, { model: '"y"', stream: null, max_tokens: '5' })).toBe(
      '{"max_tokens":5,"a" : [1.0, {"model": 2}],"model":"y","b":1e2}',
    )
  })

  test('keeps the last of duplicate keys, also when one of them is written with escapes', () => {
    const text = '{"model":1,"x":0,"mod\\u0065l":2}'
    expect(scanMembers(Buffer.from(text), names).read('model')).toBe(2)
    expect(edit(text, { model: '3' })).toBe('{"x":0,"mod\\u0065l":3}')
    expect(edit(text, { model: null })).toBe('{"x":0}')
  })

  test('handles the empty object and a value that ends in escaped quotes', () => {
    expect(edit(' {} ', { model: '1' })).toBe('{"model":1}')
    expect(edit('{}', { model: null })).toBe('{}')
    const tricky = `{"p":"${'x'.repeat(40)}\\\\\\"","model":"\\\\"}`
    expect(edit(tricky, { model: '1' })).toBe(`{"p":"${'x'.repeat(40)}\\\\\\"","model":1}`)
  })

  test.each([
    '',
    '[]',
    '"x"',
    '1',
    'null',
    '{',
    '{"a"}',
    '{"a":}',
    '{"a":1',
    '{"a":1}x',
    '{"a":1,}',
    '{"a":"x}',
    '{"a":[1}',
    '{"a\\x":1}',
  ])('refuses %j with a coded error', (text) => {
    expect(codeOf(() => scanMembers(Buffer.from(text), names))).toBe('invalid_request')
  })

  // Without backslashes: Node 24.21's JSON.parse, the reference here, confuses escaped keys after it has seen a key `\\`.
  const anyKey = fc.string().map((text) => text.replaceAll('\\', '/'))
  const key = fc.oneof(fc.constantFrom<string>(...names), anyKey)
  // Keys that are wanted, keys that only look like them, escapes, nesting: everything that could mislead a scanner.
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.string({ unit: 'binary' }),
      fc.constantFrom('model', '"', '\\', '\\"', '{', '}]', 'x'.repeat(100), '\\'.repeat(31)),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(
        fc.oneof(
          fc.constantFrom(...names),
          fc.string().map((text) => text.replaceAll('\\', '/')),
        ),
        tie('any'),
        {
          maxKeys: 4,
          noNullPrototype: true,
        },
      ),
    ),
  })).any
  const space = fc.stringMatching(/^[ \n\r\t]{0,3}$/)
  const escaped = (text: string) => {
    const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))
    return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`
  }
  const member = fc
    .record({ key, value, escape: fc.boolean(), spaces: fc.tuple(space, space, space, space) })
    .map(
      ({ key: k, value: v, escape, spaces: [a, b, c, d] }) =>
        `${a}${escape ? escaped(k) : JSON.stringify(k)}${b}:${c}${JSON.stringify(v)}${d}`,
    )
  const body = fc
    .tuple(fc.array(member, { maxLength: 8 }), space)
    .map(([members, s]) => `${s}{${members.join(',') || s}}${s}`)
  const change = fc.option(
    value.map((v) => JSON.stringify(v)),
    { nil: null },
  )
  const changes = fc.dictionary(fc.constantFrom<string>(...names), change, {
    noNullPrototype: true,
  })

  test('gives what JSON.parse, edit, JSON.stringify would give, for any object', () => {
    fc.assert(
      fc.property(body, changes, (text, edits) => {
        const expected = JSON.parse(text) as Record<string, unknown>
        for (const [name, json] of Object.entries(edits)) {
          if (json === null) delete expected[name]
          else expected[name] = JSON.parse(json)
        }
        expect(JSON.parse(edit(text, edits))).toEqual(expected)
      }),
      { numRuns: 1000 },
    )
  })

  test('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(body, (text) => {
        const members = scanMembers(Buffer.from(text), names)
        const expected = JSON.parse(text) as Record<string, unknown>
        for (const name of names) expect(members.read(name)).toEqual(expected[name])
      }),
      { numRuns: 300 },
    )
  })

  test('never throws anything but a coded error, whatever the bytes', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      fc.stringMatching(/^[{}[\]",:\\a1 ]{0,30}$/).map((text) => Buffer.from(`{${text}`)),
    )
    fc.assert(
      fc.property(noise, (bytes) => {
        const code = codeOf(() => scanMembers(bytes, names).edit({ model: '1' }))
        expect([null, 'invalid_request']).toContain(code)
      }),
      { numRuns: 1000 },
    )
  })
})
