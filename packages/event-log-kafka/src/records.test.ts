import { expect, test } from '@jest/globals'
import type { NewEvent } from '@sluice/event-log'
import { fromMessage, inBatches, toMessage } from './records.ts'

function event(key: string, value: string): NewEvent {
  return {
    key,
    value,
    attributes: {
      id: key,
      source: '/sluice/test',
      type: 'sluice.test.done',
      subject: key,
      time: '2026-01-02T03:04:05.678Z',
      tenant: 'default',
      schemaversion: '1',
    },
  }
}

test('makes a record of an event and an event of the record', () => {
  const original = event('key', '{"a":1}')
  const { key, value, headers, timestamp } = toMessage(original, 1_700_000_000_000)
  expect(timestamp).toBe('1700000000000')
  const stored = fromMessage('topic', 3, {
    key: Buffer.from(key as string),
    value: Buffer.from(value as string),
    ...(headers === undefined ? {} : { headers }),
    timestamp: '1700000000000',
    attributes: 0,
    offset: '9007199254740993',
    size: 0,
  } as Parameters<typeof fromMessage>[2])
  expect(stored).toEqual({ ...original, partition: 3, offset: 9_007_199_254_740_993n })
})

test('reads a tombstone without key or headers as an event', () => {
  const tombstone = {
    key: null,
    value: null,
    timestamp: '0',
    attributes: 0,
    offset: '7',
    size: 0,
  } as unknown as Parameters<typeof fromMessage>[2]
  expect(fromMessage('topic', 0, tombstone)).toMatchObject({
    key: '',
    value: 'null',
    offset: 7n,
    attributes: { id: 'topic/0/7', time: '1970-01-01T00:00:00.000Z' },
  })
})

test('cuts a publish into what a broker takes, in order', () => {
  const sizes = [400_000, 400_000, 400_000, 2_000_000, 1, 1]
  const events = sizes.map((size, i) => event(String(i), 'x'.repeat(size)))
  const batches = [...inBatches(events)]
  expect(batches.map((batch) => batch.map(({ key }) => key))).toEqual([
    ['0', '1'],
    ['2'],
    ['3'],
    ['4', '5'],
  ])
  expect([...inBatches([])]).toEqual([])
})

test('counts bytes, not characters', () => {
  const events = ['a', 'b'].map((key) => event(key, '🙂'.repeat(150_000)))
  expect([...inBatches(events)]).toHaveLength(2)
})
