import { expect, test } from '@jest/globals'
import type { NewEvent } from './event-log.ts'
import { createMemoryEventLog } from './memory-event-log.ts'
import { renameTopics } from './renamed-topics.ts'

const attributes = {
  id: '1',
  source: '/sluice/usage',
  type: 'sluice.usage.recorded',
  subject: '1',
  time: '2026-01-02T03:04:05.678Z',
  tenant: 'acme',
  schemaversion: '1',
}
const event: NewEvent = { key: 'a', value: '{}', attributes }
const layout = { partitions: 1, retentionMs: -1, compacted: false }

test('M-261: a topic that the operator calls otherwise is created, written, read and subscribed to by that name alone', async () => {
  await using stored = createMemoryEventLog()
  const log = renameTopics(stored, { gateway_usage: 'acme.usage' })
  await log.createTopics([
    { ...layout, name: 'gateway_usage' },
    { ...layout, name: 'others' },
  ])
  const { promise: seen, resolve } = Promise.withResolvers<string>()
  await using _subscription = await log.subscribe(
    'gateway_usage',
    { group: 'g', maxBatch: 1 },
    async ([first]) => {
      resolve(first?.key ?? '')
    },
  )
  await log.publish('gateway_usage', [event])
  await log.publish('others', [event])
  expect(await seen).toBe('a')
  expect(await log.read('gateway_usage', 0, 0n, 10)).toHaveLength(1)
  expect(await stored.read('acme.usage', 0, 0n, 10)).toHaveLength(1)
  expect(await stored.read('others', 0, 0n, 10)).toHaveLength(1)
  await expect(stored.read('gateway_usage', 0, 0n, 10)).rejects.toMatchObject({
    code: 'unknown_topic',
  })
})
