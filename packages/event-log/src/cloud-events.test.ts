import { expect, test } from '@jest/globals'
import { defineTopic } from '@sluice/contracts/topics/topic'
import { z } from 'zod'
import { fromHeaders, toEvent, toHeaders } from './cloud-events.ts'

const Toggled = z.object({ id: z.string(), on: z.boolean() })
const toggled = defineTopic({
  name: 'sluice.lamp.toggled.v2',
  description: 'A lamp was switched.',
  owner: 'lamps',
  keyedBy: 'lamp',
  order: 'A lamp’s in order.',
  dedupe: null,
  content: false,
  personal: 'nothing',
  type: 'sluice.lamp.toggled',
  version: 2,
  payload: Toggled,
  key: (fact: z.infer<typeof Toggled>) => fact.id,
  partitions: 1,
  retentionMs: -1,
  compacted: false,
})
const context = {
  id: 'event-1',
  source: '/sluice/lamps',
  subject: 'lamp-7',
  time: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  tenant: 'acme',
}
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const origin = { position: 'sluice.lamp.toggled.v2/3/42', time: 0 }

test('M-261 builds an event whose key, type and version are the contract’s', () => {
  expect(toEvent(toggled, { id: 'lamp-7', on: true }, context)).toEqual({
    key: 'lamp-7',
    value: '{"id":"lamp-7","on":true}',
    attributes: {
      id: 'event-1',
      source: '/sluice/lamps',
      type: 'sluice.lamp.toggled',
      subject: 'lamp-7',
      time: '2026-01-02T03:04:05.678Z',
      tenant: 'acme',
      schemaversion: '2',
    },
  })
})

test('refuses a payload that is not what the contract says', () => {
  const wrong = { id: 'lamp-7', on: 'yes' } as unknown as z.infer<typeof Toggled>
  expect(() => toEvent(toggled, wrong, context)).toThrow(z.ZodError)
})

test('maps attributes to CloudEvents headers and back', () => {
  const { attributes } = toEvent(toggled, { id: 'lamp-7', on: true }, { ...context, traceparent })
  const headers = toHeaders(attributes)
  expect(headers).toEqual({
    ce_specversion: '1.0',
    ce_id: 'event-1',
    ce_source: '/sluice/lamps',
    ce_type: 'sluice.lamp.toggled',
    ce_subject: 'lamp-7',
    ce_time: '2026-01-02T03:04:05.678Z',
    ce_tenant: 'acme',
    'content-type': 'application/json',
    'schema-version': '2',
    traceparent,
  })
  const received = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]),
  )
  expect(fromHeaders(received, origin)).toEqual(attributes)
})

test('leaves no trace header where there is no trace', () => {
  const { attributes } = toEvent(toggled, { id: 'lamp-7', on: true }, context)
  expect(toHeaders(attributes)).not.toHaveProperty('traceparent')
  expect(fromHeaders(toHeaders(attributes), origin)).toEqual(attributes)
})

test('gives a record of a foreign producer an id that is stable across repeats', () => {
  const attributes = fromHeaders({ ce_type: [Buffer.from('first'), Buffer.from('second')] }, origin)
  expect(attributes).toMatchObject({
    id: 'sluice.lamp.toggled.v2/3/42',
    type: 'first',
    time: '1970-01-01T00:00:00.000Z',
  })
  expect(attributes).not.toHaveProperty('traceparent')
})
