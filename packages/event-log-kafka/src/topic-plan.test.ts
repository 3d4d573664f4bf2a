import { expect, test } from '@jest/globals'
import { planTopic } from './topic-plan.ts'

const topic = { name: 't', partitions: 12, retentionMs: 1000, compacted: false }
const state = (partitions: number, settings: Record<string, string>) => ({
  partitions,
  settings: new Map(Object.entries(settings)),
})
const asAgreed = { 'cleanup.policy': 'delete', 'retention.ms': '1000' }

test('a topic that is missing is to be created, one that is as agreed is left alone', () => {
  expect(planTopic(topic, null)).toEqual({ topic, exists: false, differences: [] })
  expect(planTopic(topic, state(12, asAgreed)).differences).toEqual([])
})

test('other retention and clean-up can be set, other partitions never are', () => {
  const compacted = { 'cleanup.policy': 'compact', 'retention.ms': '-1' }
  expect(planTopic(topic, state(6, compacted)).differences).toEqual([
    { setting: 'partitions', is: '6', wanted: '12', canBeSet: false },
    { setting: 'cleanup.policy', is: 'compact', wanted: 'delete', canBeSet: true },
    { setting: 'retention.ms', is: '-1', wanted: '1000', canBeSet: true },
  ])
})

test('records may be larger than a contract needs, not smaller', () => {
  const large = { ...topic, maxMessageBytes: 2000 }
  const differencesAt = (bytes: string) =>
    planTopic(large, state(12, { ...asAgreed, 'max.message.bytes': bytes })).differences
  expect(differencesAt('3000')).toEqual([])
  expect(differencesAt('1999').map(({ setting }) => setting)).toEqual(['max.message.bytes'])
})
