import { expect, test } from '@jest/globals'
import { sampleOf } from './sample.ts'

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
