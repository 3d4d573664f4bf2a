import { expect, test } from '@jest/globals'
import { z } from 'zod'
import { StoredJson } from './stored-json.ts'

const before = z.object({ id: z.string(), parts: z.array(z.object({ text: z.string() })) })
const after = before.extend({
  needs: z.array(z.string()).default([]),
  parts: z.array(z.object({ text: z.string(), weight: z.int().default(1) })),
  note: z.string().nullable().default(null),
})
const old = new StoredJson(before)
const next = new StoredJson(after)

test('what the same version wrote is read back as it was', () => {
  const message = { id: 'a ✓', parts: [{ text: 'x', weight: 2 }], needs: ['tools'], note: null }
  expect(next.read(next.write(message))).toEqual(message)
})

test('FM50 what the version before wrote has what it did not know yet', () => {
  const written = old.write({ id: 'a', parts: [{ text: 'x' }] })
  expect(next.read(written)).toEqual({
    id: 'a',
    parts: [{ text: 'x', weight: 1 }],
    needs: [],
    note: null,
  })
})

test('FM50 what the next version wrote is read without what is not known here', () => {
  const written = next.write({ id: 'a', parts: [{ text: 'x', weight: 3 }], needs: [], note: 'n' })
  expect(old.read(written)).toEqual({ id: 'a', parts: [{ text: 'x' }] })
})

test('FM50 what was written before messages named their schema is checked', () => {
  expect(next.read('{"id":"a","parts":[]}')).toEqual({ id: 'a', parts: [], needs: [], note: null })
})

test('FM50 what breaks the rule for changes is refused, and not taken for something else', () => {
  expect(() => next.read('{"id":1,"parts":[]}')).toThrow()
})
