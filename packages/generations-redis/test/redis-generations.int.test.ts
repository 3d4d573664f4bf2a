// Needs Redis 7: REDIS_URL.
import { test } from '@jest/globals'
import { generationsContract } from '@sluice/generations-testing'
import { createRedisHarness } from './redis-harness.ts'

const url = process.env['REDIS_URL']

if (url === undefined) {
  console.warn('skipped: set REDIS_URL to run the generations against Redis')
  test.todo('runs against Redis when REDIS_URL is set')
} else {
  generationsContract({
    name: 'redis',
    create: (options) => createRedisHarness(url, options),
  })
  generationsContract({
    name: 'redis, 3 shards',
    create: (options) => createRedisHarness(url, { ...options, shards: 3 }),
    // maxWaiting is shared out among the shards, and which of them an id falls on is chance.
    skip: [
      {
        name: 'admit: refuses with 503 when the intake is full, and the refusal leaves nothing behind',
        reason: 'each shard has its own share of the intake',
      },
    ],
  })
}
