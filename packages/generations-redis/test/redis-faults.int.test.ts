// Needs the program redis-server: each test has a server of its own, which it breaks. Runs when REDIS_URL is set, like its neighbours.
import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { defaultTiming } from '@sluice/generations'
import { admissionOf, endOf, part, planOf, pool } from '@sluice/generations-testing/fixtures'
import { drained, eventually, running, textOf } from '@sluice/generations-testing/steps'
import { GatewayError } from '@sluice/kernel/errors'
import { createRedisHarness } from './redis-harness.ts'
import { hasRedisServer, RedisServer } from './redis-server.ts'

const enabled = process.env['REDIS_URL'] !== undefined && hasRedisServer()
if (!enabled)
  console.warn(
    'skipped: set REDIS_URL and install redis-server to break a Redis under the generations',
  )

const isAway = (error: unknown) =>
  GatewayError.is(error) && error.status === 503 && (error.retryAfterMs ?? 0) >= 1_000

;(enabled ? describe : describe.skip)('generations on a Redis that fails', () => {
  test('away: calls fail at once with 503, and work again when it is back, its library reloaded', async () => {
    await using server = await RedisServer.start()
    await using harness = await createRedisHarness(server.url)
    const { generations, clock } = harness
    const seen: string[] = []
    await using _requests = await generations.takeRequests(
      async ({ id }) => {
        seen.push(id)
        await generations.route(id, planOf())
      },
      { concurrency: 4 },
    )
    await server.kill()
    const startedAt = clock.monotonic()
    await assert.rejects(generations.admit(admissionOf(clock)), isAway)
    await assert.rejects(generations.describe(admissionOf(clock).request.id), isAway)
    await assert.rejects(generations.ping(), isAway)
    assert.ok(clock.monotonic() - startedAt < 500, 'nothing waits for a server that is away')

    await server.start()
    const admission = admissionOf(clock)
    await eventually(harness, 'admissions are accepted again', async () => {
      const outcome = await generations.admit(admission).catch(() => null)
      return outcome?.ok
    })
    await eventually(harness, 'the reader came back too', () => seen.length > 0)
    assert.deepEqual(seen, [admission.request.id])
  })

  test('away at the start: opens all the same, and works once it is there', async () => {
    await using server = await RedisServer.start()
    await server.kill()
    await using harness = await createRedisHarness(server.url)
    const { generations, clock } = harness
    await assert.rejects(generations.admit(admissionOf(clock)), isAway)
    await server.start()
    await eventually(harness, 'admissions are accepted', async () => {
      return (await generations.admit(admissionOf(clock)).catch(() => null))?.ok
    })
  })

  test('away or frozen: what takes work is disposed all the same', async () => {
    for (const how of ['away', 'frozen'] as const) {
      await using server = await RedisServer.start()
      await using harness = await createRedisHarness(server.url)
      const { generations, clock } = harness
      const options = { concurrency: 4 }
      const takings = [
        await generations.takeRequests(() => Promise.resolve(), options),
        await generations.takeDispatches(pool, () => Promise.resolve(), options),
        await generations.takeUsage(() => Promise.resolve(), { maxRecords: 10, maxWaitMs: 10 }),
      ]
      if (how === 'away') await server.kill()
      else server.freeze()
      await assert.rejects(generations.ping(), isAway)
      const startedAt = clock.monotonic()
      await Promise.all(takings.map((taking) => taking[Symbol.asyncDispose]()))
      assert.ok(clock.monotonic() - startedAt < 5_000)
      if (how === 'away') await server.start()
      else server.thaw()
    }
  }, 30_000)

  test('FM23 frozen: a call fails within its time limit, later ones at once, and what was given up is not accepted after all', async () => {
    await using server = await RedisServer.start()
    await using harness = await createRedisHarness(server.url)
    const { generations, peer, clock } = harness
    assert.ok((await generations.admit(admissionOf(clock))).ok)
    server.freeze()
    const late = admissionOf(clock)
    let startedAt = clock.monotonic()
    await assert.rejects(generations.admit(late), isAway)
    assert.ok(clock.monotonic() - startedAt < 3_000)
    startedAt = clock.monotonic()
    await assert.rejects(generations.admit(admissionOf(clock)), isAway)
    assert.ok(clock.monotonic() - startedAt < 100)
    server.thaw()
    await eventually(harness, 'admissions are accepted again', async () => {
      return (await generations.admit(admissionOf(clock)).catch(() => null))?.ok
    })
    assert.equal(await peer.describe(late.request.id), null)
  })

  test('FM22 killed and back: what was being written goes on, each entry once, and its reader misses nothing', async () => {
    await using server = await RedisServer.start({ appendOnly: true })
    await using harness = await createRedisHarness(server.url, { timing: { leaseMs: 2_000 } })
    const { generations, peer } = harness
    const { request, claim } = await running(harness)
    using tail = peer.tail(request.id, { after: null, fresh: false })
    const seen = drained(harness, tail)
    assert.ok((await generations.append(claim, [part('a')])).ok)
    await harness.advance(1_500)
    await server.kill()
    const append = generations.append(claim, [part('b')])
    await harness.advance(500)
    await server.start()
    assert.deepEqual(await append, { ok: true, cursor: { epoch: claim.epoch, seq: 2 } })
    assert.ok((await generations.finish(claim, part('c'), endOf(request))).ok)
    assert.equal(textOf(await seen), 'abc')
  })

  test('FM27 emptied: writers and readers are told, and new work is served without a restart', async () => {
    await using server = await RedisServer.start()
    await using harness = await createRedisHarness(server.url)
    const { generations, clock } = harness
    await using _dispatches = await generations.takeDispatches(
      pool,
      async (id) => {
        const outcome = await generations.claim(id, () => {})
        if (outcome.ok && outcome.claim.request.stream)
          await generations.finish(outcome.claim, part('x'), endOf(outcome.claim.request))
      },
      { concurrency: 4 },
    )
    const admission = admissionOf(clock)
    const { request } = admission
    request.stream = false
    await generations.admit(admission)
    using tail = generations.tail(request.id, { after: null, fresh: false })
    const waiting = tail.next()
    const revocations: string[] = []
    const claimed = await (async () => {
      await generations.route(request.id, planOf('by-hand'))
      return generations.claim(request.id, (reason) => revocations.push(reason))
    })()
    assert.ok(claimed.ok)
    await server.command('flushall')
    await eventually(harness, 'the holder is told', () => revocations.length > 0)
    assert.deepEqual(revocations, ['lost'])
    const outcome = await generations.append(claimed.claim, [part('a')])
    assert.deepEqual(outcome, { ok: false, refusal: 'unknown' })
    await assert.rejects(waiting, (error) => GatewayError.is(error))

    const next = admissionOf(clock)
    using nextTail = generations.tail(next.request.id, { after: null, fresh: true })
    await generations.admit(next)
    await generations.route(next.request.id, planOf())
    assert.equal(textOf(await drained(harness, nextTail)), 'x')
  })

  test('FM27 emptied before its bill was taken: an answer that had ended is billed all the same, once', async () => {
    await using server = await RedisServer.start()
    await using harness = await createRedisHarness(server.url)
    const { generations } = harness
    const { request, claim } = await running(harness)
    assert.ok((await generations.finish(claim, part('a'), endOf(request))).ok)
    await server.command('flushall')
    const bills: string[] = []
    await using _usage = await generations.takeUsage(
      (records) => {
        bills.push(...records.map(({ request_id }) => request_id))
        return Promise.resolve()
      },
      { maxRecords: 10, maxWaitMs: 10 },
    )
    await eventually(harness, 'the bill comes', () => bills.length > 0)
    await harness.advance(3 * defaultTiming.heartbeatMs)
    assert.deepEqual(bills, [request.id])
  }, 30_000)

  test('FM26 full: nothing new is accepted, what runs comes to its end', async () => {
    await using server = await RedisServer.start()
    await using harness = await createRedisHarness(server.url)
    const { generations, clock } = harness
    const { request, claim } = await running(harness)
    const waiting = admissionOf(clock)
    await generations.admit(waiting)
    await server.command('config', 'set', 'maxmemory', '1mb')
    const large = { ...admissionOf(clock), body: Buffer.alloc(200_000) }
    for (const admission of [admissionOf(clock), large]) {
      const outcome = await generations.admit(admission)
      assert.ok(!outcome.ok)
      assert.equal(outcome.error.code, 'server_is_overloaded')
    }
    assert.ok((await generations.route(waiting.request.id, planOf())).ok)
    assert.ok((await generations.append(claim, [part('a'.repeat(10_000))])).ok)
    assert.ok((await generations.finish(claim, part('b'), endOf(request))).ok)
    assert.deepEqual(await generations.reap(), { requeued: 0, failed: 0, expired: 0 })
  })

  test('pushes lost: a tail goes on after its subscriber was cut off', async () => {
    await using server = await RedisServer.start()
    await using harness = await createRedisHarness(server.url)
    const { generations, peer } = harness
    const { request, claim } = await running(harness)
    using tail = peer.tail(request.id, { after: null, fresh: false })
    const seen = drained(harness, tail)
    await generations.append(claim, [part('a')])
    await server.command('client', 'kill', 'type', 'pubsub')
    await generations.append(claim, [part('b')])
    await generations.append(claim, [part('c')])
    await generations.finish(claim, part('d'), endOf(request))
    assert.equal(textOf(await seen), 'abcd')
  })
})
