// Needs Redis 7: REDIS_URL.
import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { generationsContract } from '@sluice/generations-testing'
import { fairnessCases } from '@sluice/generations-testing/cases/fairness'
import { admissionOf, endOf, part, planOf, pool } from '@sluice/generations-testing/fixtures'
import {
  appended,
  claimed,
  eventually,
  logOf,
  running,
  textOf,
  usageTaken,
} from '@sluice/generations-testing/steps'
import { Redis } from 'ioredis'
import { createRedisHarness, openShard } from './redis-harness.ts'

const url = process.env['REDIS_URL']

if (url === undefined) {
  console.warn('skipped: set REDIS_URL to run the generations against Redis')
  // A file without a test is an error to the runner. `npm test` names the missing server, and fails for it with REQUIRE_SERVERS=1.
  test.todo('runs against Redis when REDIS_URL is set')
} else {
  describe('generations in Redis', () => {
    test('a write that is repeated because its reply was lost changes nothing', async () => {
      await using harness = await createRedisHarness(url)
      const { generations } = harness
      const { request, claim } = await running(harness)
      await appended(generations, claim, 'a', 'b')
      const { id, epoch } = claim

      using link = await openShard(url, harness.keyPrefix)
      const again = { id, epoch, seq: 1, entries: [part('a'), part('b')] }
      assert.equal(await link.shard.append.run(again), 'o')
      assert.ok((await generations.append(claim, [part('c')])).ok)
      assert.ok((await generations.finish(claim, part('d'), endOf(request))).ok)
      const end = { id, epoch, seq: 4, last: part('d'), end: endOf(request) }
      assert.equal(await link.shard.finish.run(end), 'o')
      assert.equal(textOf(await logOf(generations, id)), 'abcd')
      assert.equal((await generations.depths()).usage, 1)

      // What leaves a gap is no repetition, and a stranger's epoch is none either.
      assert.equal(await link.shard.finish.run({ ...end, seq: 5 }), 's')
      assert.equal(await link.shard.append.run({ ...again, epoch: epoch - 1 }), 'f')
    })

    test('an ended generation keeps its log and a line about it, both with a time to live', async () => {
      await using harness = await createRedisHarness(url)
      const { generations, clock, keyPrefix } = harness
      const { records, taking } = await usageTaken(harness)
      await using _taking = taking
      const admission = admissionOf(clock)
      const { request } = admission
      const attach = { kind: 'retry', key: 'a', bodyHash: 'b', retryCount: 0 } as const
      await generations.admit({ ...admission, attach, body: Buffer.alloc(100_000) })
      await generations.route(request.id, planOf())
      const { claim } = await claimed(generations, request.id)
      await generations.finish(claim, part('a'), endOf(request))
      const dropped = admissionOf(clock)
      const cancelled = dropped.request
      const key = { kind: 'idempotency', key: 'a', bodyHash: 'b', retryCount: 0 } as const
      await generations.admit({ ...dropped, attach: key, body: Buffer.alloc(100_000) })
      await generations.cancel(cancelled.id, 'test')
      await eventually(harness, 'both are billed', async () => {
        return records.length === 2 && (await generations.depths()).usage === 0
      })

      const redis = new Redis(url)
      const keys = await redis.keys(`${keyPrefix}*`)
      const beginning = `${keyPrefix}gen:{s0}:`
      const lasting = []
      for (const key of keys.toSorted())
        if ((await redis.pttl(key)) === -1) lasting.push(key.replace(beginning, ''))
      const work = await redis.xlen(`${beginning}requests`)
      await redis.quit()
      assert.deepEqual(lasting, ['pools', 'requests', `dispatch:${pool}`, 'usage'].toSorted())
      assert.equal(work, 0)
      assert.ok(!keys.some((key) => key.endsWith(':body')))
    })
  })

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
      ...fairnessCases.map(({ name }) => ({
        name,
        reason:
          'tenants of different shards stand in different queues, which are taken from in turns',
      })),
    ],
  })
}
