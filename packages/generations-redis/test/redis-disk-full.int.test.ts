// Needs the program redis-server and a file system to fill. Runs when REDIS_URL is set, like its neighbours.
import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import { admissionOf, endOf, part, planOf } from '@sluice/generations-testing/fixtures'
import { drained, eventually, running, textOf } from '@sluice/generations-testing/steps'
import { GatewayError } from '@sluice/kernel/errors'
import { createLogger } from '@sluice/kernel/logger'
import { mountSmallDisk, whyNoSmallDisk } from '@sluice/testkit/small-disk'
import { createRedisHarness } from './redis-harness.ts'
import { hasRedisServer, RedisServer } from './redis-server.ts'

const asked = process.env['REDIS_URL'] !== undefined && hasRedisServer()
const why = asked ? whyNoSmallDisk() : 'set REDIS_URL and install redis-server'
if (why !== null) console.warn(`skipped, Redis on a full disk: ${why}`)

const isRefusal = (error: unknown) =>
  GatewayError.is(error) &&
  error.status === 503 &&
  (error.retryAfterMs ?? 0) >= 1_000 &&
  error.message.includes('No space left on device')

;(why === null ? describe : describe.skip)('FM45 generations on a Redis whose disk is full', () => {
  test('nothing is accepted and nothing is left behind; what runs goes on when there is room again, each entry and each bill once', async () => {
    using disk = mountSmallDisk(64)
    await using server = await RedisServer.start({ appendOnly: true, disk: disk.path })
    const lines: string[] = []
    const destination = { write: (line: string) => void lines.push(line) }
    const logger = createLogger({ service: 'test', level: 'info', destination })
    await using harness = await createRedisHarness(server.url, { logger })
    const { generations, peer, clock } = harness
    const { request, claim } = await running(harness)
    const waiting = admissionOf(clock)
    assert.ok((await generations.admit(waiting)).ok)
    using tail = peer.tail(request.id, { after: null, fresh: false })
    const seen = drained(harness, tail)
    assert.ok((await generations.append(claim, [part('a')])).ok)

    disk.fill()
    const accepted = [waiting.request.id]
    await eventually(harness, 'admissions are refused', async () => {
      const admission = admissionOf(clock)
      try {
        assert.ok((await generations.admit(admission)).ok)
        accepted.push(admission.request.id)
        return false
      } catch (error) {
        return isRefusal(error)
      }
    })
    const refused = [admissionOf(clock), { ...admissionOf(clock), body: Buffer.alloc(50_000) }]
    for (const admission of refused) await assert.rejects(generations.admit(admission), isRefusal)
    await assert.rejects(generations.ping(), isRefusal)
    for (const { request } of refused) assert.equal(await peer.describe(request.id), null)
    const append = generations.append(claim, [part('b')])
    await harness.advance(500)

    disk.free()
    assert.ok((await append).ok)
    assert.ok((await generations.finish(claim, part('c'), endOf(request))).ok)
    assert.equal(textOf(await seen), 'abc')
    const bills: UsageRecord[] = []
    await using _usage = await peer.takeUsage(
      async (records) => {
        bills.push(...records)
      },
      { maxRecords: 10, maxWaitMs: 10 },
    )
    await eventually(harness, 'its bill', () => bills.length > 0)
    assert.deepEqual(
      bills.map(({ request_id }) => request_id),
      [request.id],
    )
    for (const id of accepted) assert.ok((await generations.route(id, planOf())).ok)
    for (const { request } of refused) assert.equal(await peer.describe(request.id), null)
    await eventually(harness, 'admissions are accepted again', async () => {
      return (await generations.admit(admissionOf(clock)).catch(() => null))?.ok
    })
    const told = lines.filter((line) => line.includes('No space left on device'))
    assert.ok(told.length >= 1 && told.length <= 2, 'each of the two processes says it once')
    assert.ok(lines.some((line) => line.includes('takes what is asked of it again')))

    // What was acknowledged meanwhile is in the file: a server that is killed now comes back with it.
    await harness.advance(1_500)
    await server.kill()
    await server.start()
    await eventually(harness, 'everything that was accepted', async () => {
      const states = await Promise.all(accepted.map((id) => peer.describe(id).catch(() => null)))
      return states.every((summary) => summary !== null)
    })
  }, 60_000)
})
