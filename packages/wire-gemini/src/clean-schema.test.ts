import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { cleanParameters as cleanWithin, SchemaWork } from './clean-schema.ts'

const cleanParameters = (schema: Record<string, unknown>, work = new SchemaWork()) =>
  cleanWithin(schema, work)
const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more })
const clean = (property: object, defs: object = {}) => {
  const cleaned = cleanParameters({ ...object({ p: property }), $defs: defs })
  return (cleaned?.['properties'] as Record<string, unknown> | undefined)?.['p']
}

describe('T19 the parameters of a tool', () => {
  test('lose what Gemini refuses, and keep the rest', () => {
    const schema = object(
      {
        a: { type: 'string', minLength: 1, format: 'email', examples: ['x'], default: 'y' },
        b: { type: 'integer', exclusiveMinimum: 0, minimum: 1, enum: [1, 2] },
      },
      {
        $schema: 'http://json-schema.org/draft-07/schema#',
        additionalProperties: false,
        required: ['a', 'gone'],
        title: 'T',
      },
    )
    expect(cleanParameters(schema)).toEqual({
      type: 'object',
      title: 'T',
      properties: { a: { type: 'string', minLength: 1 }, b: { type: 'integer', minimum: 1 } },
      required: ['a'],
    })
  })

  test('T20 an empty list stays a list', () => {
    expect(
      cleanParameters(object({ a: { type: 'string' } }, { required: [] }))?.['required'],
    ).toEqual([])
  })

  test('none at all are left out', () => {
    expect(
      cleanParameters({ type: 'object', properties: {}, additionalProperties: false }),
    ).toBeNull()
    expect(cleanParameters({})).toBeNull()
  })

  test('references are written out, by $defs, definitions and escaped names', () => {
    const defs = { Place: object({ city: { type: 'string' } }), 'a/b': { type: 'number' } }
    expect(clean({ $ref: '#/$defs/Place', description: 'where' }, defs)).toEqual({
      type: 'object',
      description: 'where',
      properties: { city: { type: 'string' } },
    })
    expect(clean({ $ref: '#/$defs/a~1b' }, defs)).toEqual({ type: 'number' })
    expect(clean({ $ref: '#/$defs/missing' }, defs)).toEqual({ type: 'object' })
    expect(clean({ $ref: 'https://example.com/schema' })).toEqual({ type: 'object' })
  })

  test('a reference to itself ends', () => {
    const node = object({ next: { $ref: '#/$defs/Node' }, other: { $ref: '#/$defs/Node' } })
    const text = JSON.stringify(clean({ $ref: '#/$defs/Node' }, { Node: node }))
    expect(text).not.toContain('$ref')
    expect(text.length).toBeLessThan(2_000_000)
    expect(clean({ $ref: '#/$defs/A' }, { A: { $ref: '#/$defs/A' } })).toEqual({ type: 'object' })
    const loop = { A: { allOf: [{ $ref: '#/$defs/A' }, { $ref: '#/$defs/A' }] } }
    expect(clean({ $ref: '#/$defs/A' }, loop)).toMatchObject({ type: expect.any(String) })
  })

  const many = <Item>(count: number, item: (index: number) => Item) =>
    Array.from({ length: count }, (_, i) => item(i))
  const wide = (count: number, value: object) =>
    object(Object.fromEntries(many(count, (i) => [`p${String(i)}`, value])))
  const ref = { $ref: '#/$defs/A' }
  const laughs = Object.fromEntries(
    many(60, (i) => [`L${String(i)}`, wide(9, { $ref: `#/$defs/L${String(i + 1)}` })]),
  )
  test.each<[string, object, object]>([
    ['references that multiply', { $ref: '#/$defs/L0' }, laughs],
    [
      'a wide schema in allOf, 20,000 times',
      { allOf: many(20_000, () => ref) },
      { A: wide(30_000, {}) },
    ],
    [
      'a wide schema in anyOf, 20,000 times',
      { ...wide(30_000, {}), anyOf: many(20_000, () => ({})) },
      {},
    ],
    ['a wide schema behind 20,000 references', wide(20_000, ref), { A: wide(30_000, {}) }],
    [
      'a huge enum behind 20,000 references',
      wide(20_000, ref),
      { A: { type: 'string', enum: many(90_000, String) } },
    ],
    [
      'a long text behind 20,000 references',
      wide(20_000, ref),
      { A: { type: 'string', description: 'x'.repeat(1_000_000) } },
    ],
    [
      'required that multiply',
      { allOf: many(5_000, () => ref) },
      { A: { required: many(30_000, String) } },
    ],
    [
      'a wide schema of 50,000 types',
      { ...wide(20_000, {}), type: many(50_000, (i) => `t${String(i)}`) },
      {},
    ],
    [
      'members that nobody knows',
      wide(20_000, ref),
      { A: Object.fromEntries(many(50_000, (i) => [`x${String(i)}`, i])) },
    ],
    [
      'a pattern that takes for ever, and one on the net',
      wide(9, ref),
      { A: { type: 'string', pattern: '(a+)+$', allOf: [{ $ref: 'http://169.254.169.254/' }] } },
    ],
  ])('S-74: %s: bounded in time and in what is written', (_, property, defs) => {
    const startedAt = performance.now()
    const text = JSON.stringify(clean(property, defs))
    expect(performance.now() - startedAt).toBeLessThan(2_000)
    expect(text.length).toBeLessThan(8_000_000)
    expect(text).not.toContain('$ref')
  })

  test('S-74: the tools of one call share what their schemas may cost', () => {
    const node = wide(3, { $ref: '#/$defs/Node' })
    const startedAt = performance.now()
    const work = new SchemaWork()
    for (let i = 0; i < 2_000; i++)
      cleanParameters({ ...object({ p: { $ref: '#/$defs/Node' } }), $defs: { Node: node } }, work)
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })

  test('anyOf stands alone; null becomes nullable', () => {
    expect(
      clean({
        description: 'd',
        anyOf: [{ type: 'string' }, { type: 'integer' }, { type: 'null' }],
      }),
    ).toEqual({
      anyOf: [
        { type: 'string', description: 'd' },
        { type: 'integer', description: 'd' },
      ],
      nullable: true,
    })
    expect(clean({ anyOf: [{ type: 'string' }, { type: 'null' }] })).toEqual({
      type: 'string',
      nullable: true,
    })
    expect(clean({ oneOf: [{ const: 'a' }, { const: 'b' }] })).toEqual({
      anyOf: [
        { type: 'string', enum: ['a'] },
        { type: 'string', enum: ['b'] },
      ],
    })
  })

  test('several types become choices, allOf one schema, a list always says of what', () => {
    expect(clean({ type: ['string', 'null'] })).toEqual({ type: 'string', nullable: true })
    expect(clean({ type: ['string', 'number'] })).toEqual({
      anyOf: [{ type: 'string' }, { type: 'number' }],
    })
    expect(
      clean({ allOf: [object({ a: { type: 'string' } }), object({ b: { type: 'number' } })] }),
    ).toEqual({ type: 'object', properties: { a: { type: 'string' }, b: { type: 'number' } } })
    expect(clean({ type: 'array' })).toEqual({ type: 'array', items: { type: 'string' } })
  })

  test('no schema makes it throw or run away', () => {
    const names = [
      'type',
      'properties',
      'anyOf',
      'allOf',
      '$ref',
      'items',
      'enum',
      'required',
      '$defs',
      'a',
    ]
    const schemas = fc.letrec((tie) => ({
      schema: fc.dictionary(
        fc.constantFrom(...names),
        fc.oneof(
          { maxDepth: 5 },
          fc.constantFrom('object', 'array', '#', '#/$defs/a', '#/properties/a'),
          fc.array(tie('schema'), { maxLength: 3 }),
          tie('schema'),
        ),
        { maxKeys: 4 },
      ),
    }))
    fc.assert(
      fc.property(schemas.schema, (schema) => {
        expect(JSON.stringify(cleanParameters(schema as Record<string, unknown>))).not.toContain(
          '"$ref":"',
        )
      }),
    )
  })
})
