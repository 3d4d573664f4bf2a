import { expect, test } from '@jest/globals'
import { FieldReader, FieldWriter } from './fields.ts'

test('fields and blobs come back as they were written, in their order', () => {
  const fields = new FieldWriter()
  fields.text('')
  fields.text('naïve ✓ 🎈')
  fields.blob(Buffer.from([0, 255, 10]))
  fields.number(1_785_312_345_678)
  fields.blob('{"a":1}')
  fields.text('x'.repeat(10_000))
  const [packed, ...blobs] = fields.arguments()
  const reader = new FieldReader(
    packed as Buffer,
    blobs.map((blob) => Buffer.from(blob)),
  )
  expect(reader.text()).toBe('')
  expect(reader.text()).toBe('naïve ✓ 🎈')
  expect(reader.number()).toBe(1_785_312_345_678)
  expect(reader.blob()).toEqual(Buffer.from([0, 255, 10]))
  expect(reader.done).toBe(false)
  expect(reader.text()).toBe('x'.repeat(10_000))
  expect(reader.blob().toString()).toBe('{"a":1}')
  expect(reader.done).toBe(true)
})
