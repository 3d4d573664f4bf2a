import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { decodeEvents, encodeEvents } from './record-batch.ts'

const text = fc.oneof(
  fc.constantFrom('', 'a', '0', 'żółć 🙂', '"\n\\'),
  fc.string({ unit: 'grapheme' }),
)

const event = fc
  .record({
    key: text,
    value: text,
    id: text,
    source: text,
    type: text,
    subject: text,
    time: text,
    tenant: text,
    schemaversion: text,
    traceparent: fc.option(text, { nil: undefined }),
  })
  .map(({ key, value, traceparent, ...attributes }) => ({
    key,
    value,
    attributes: traceparent === undefined ? attributes : { ...attributes, traceparent },
  }))

test('any events come back as they were, in their order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 20 }), async (events) => {
      expect(await decodeEvents(await encodeEvents(events))).toEqual(events)
    }),
    { numRuns: 200 },
  )
})
