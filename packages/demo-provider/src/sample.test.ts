import { expect, test } from '@jest/globals'
import { argumentsFor, sampleOf } from './sample.ts'

test('a sample has every property, of its type, and the first of several choices', () => {
  const schema = {
    type: 'object',
    properties: {
      city: { type: 'string' },
      degrees: { type: ['integer', 'null'] },
      dry: { type: 'boolean' },
      unit: { enum: ['celsius', 'kelvin'] },
      days: { type: 'array', items: { $ref: '#/$defs/day' } },
      note: { anyOf: [{ type: 'null' }, { type: 'string' }] },
    },
    $defs: { day: { const: 'Monday' } },
  }
  expect(sampleOf(schema, 'demo')).toEqual({
    city: 'demo',
    degrees: 7,
    dry: true,
    unit: 'celsius',
    days: ['Monday'],
    note: null,
  })
})

test('a schema that refers to itself has an end', () => {
  expect(JSON.stringify(sampleOf({ properties: { next: { $ref: '#' } } }, ''))).toMatch(/null/)
  expect(sampleOf({ $ref: '#/nowhere' }, '')).toEqual({})
})

test('a tool is called with the members that its schema requires, each of its type', () => {
  const schema = {
    type: 'object',
    properties: {
      city: { type: 'string' },
      days: { type: 'integer' },
      dry: { type: 'boolean' },
      unit: { enum: ['celsius', 'kelvin'] },
      kind: { const: 'now' },
      index: { type: 'number' },
      note: { type: 'string' },
      places: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            at: {
              type: 'object',
              properties: { lat: { type: 'number' }, name: { type: 'string' } },
              required: ['lat'],
            },
          },
          required: ['at'],
        },
      },
    },
    required: ['city', 'days', 'dry', 'unit', 'kind', 'index', 'places'],
  }
  expect(argumentsFor(schema, 'weather 1', 3)).toEqual({
    city: 'weather 1',
    days: 7,
    dry: true,
    unit: 'celsius',
    kind: 'now',
    index: 3,
    places: [{ at: { lat: 7 } }],
  })
})

test('a schema that requires nothing has all of its members filled; one that declares none, two of our own', () => {
  const inCapitals = { type: 'OBJECT', properties: { city: { type: 'STRING' } } }
  expect(argumentsFor(inCapitals, 'weather 1', 0)).toEqual({ city: 'weather 1' })
  for (const nothing of [undefined, {}, { type: 'object', properties: {} }])
    expect(argumentsFor(nothing, 'weather 1', 2)).toEqual({ query: 'weather 1', index: 2 })
})
