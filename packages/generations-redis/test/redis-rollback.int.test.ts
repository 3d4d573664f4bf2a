// Needs the program redis-server: each test has a server of its own, which it sets back. Runs when REDIS_URL is set, like its neighbours.
import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import type { Tail } from '@sluice/generations'
import type { Harness } from '@sluice/generations-testing/contract-case'
import { admissionOf, endOf, part, planOf, pool } from '@sluice/generations-testing/fixtures'
import {
  appended,
  assertLogIsWhole,
  claimed,
  drained,
  eventually,
  logOf,
  reapUntil,
  running,
  stateOf,
  textOf,
  usageTaken,
} from '@sluice/generations-testing/steps'
import { GatewayError } from '@sluice/kernel/errors'
import { createRedisHarness } from './redis-harness.ts'
import { hasRedisServer, RedisServer } from './redis-server.ts'
import { TcpProxy } from './tcp-proxy.ts'

const enabled = process.env['REDIS_URL'] !== undefined && hasRedisServer()
if (!enabled)
  console.warn(
    'skipped: set REDIS_URL and install redis-server to set a Redis back under the generations',
  )

const timing = { leaseMs: 3_000, heartbeatMs: 250 }

/** Everything that is acknowledged between `note` and `rollBack` is lost, as when the disk was slower than the writes. */
async function rolledBack(
  server: RedisServer,
  harness: Harness,
  meanwhile: () => Promise<void>,
  whileAway?: () => void,
): Promise<void> {
  await server.noteState()
  await meanwhile()
  await server.rollBack(whileAway)
  await eventually(harness, 'the server is back', () =>
    harness.generations.ping().then(
      () => true,
      () => false,
    ),
  )
}

async function pulled(tail: Tail, count: number): Promise<LogEntry[]> {
  const entries: LogEntry[] = []
  while (entries.length < count) entries.push(...((await tail.next()) ?? []))
  return entries
}

;(enabled ? describe : describe.skip)(
  'generations on a Redis that comes back without its last writes (FM22)',
  () => {
    test('entries that the restart lost are written again by their writer; a tail goes on without gap or repetition', async () => {
      await using server = await RedisServer.start({ appendOnly: true })
      await using harness = await createRedisHarness(server.url, { timing })
      const { generations, peer } = harness
      const { request, claim, revocations } = await running(harness)
      await appended(generations, claim, 'a', 'b')
      using tail = peer.tail(request.id, { after: null, fresh: false })
      const seen: LogEntry[] = []
      await rolledBack(server, harness, async () => {
        await appended(generations, claim, 'c', 'd')
        await appended(generations, claim, 'e')
        seen.push(...(await pulled(tail, 5)))
      })
      assert.ok((await generations.append(claim, [part('f')])).ok)
      assert.ok((await generations.finish(claim, part('g'), endOf(request))).ok)
      seen.push(...(await drained(harness, tail)))
      assert.equal(textOf(seen), 'abcdefg')
      const log = await logOf(peer, request.id)
      assertLogIsWhole(log)
      assert.deepEqual(seen, log)
      assert.deepEqual(revocations, [])
    }, 30_000)

    test('a write that waits for the server comes after those that the restart lost', async () => {
      await using server = await RedisServer.start({ appendOnly: true })
      await using harness = await createRedisHarness(server.url, { timing })
      const { generations, peer } = harness
      const { request, claim } = await running(harness)
      await appended(generations, claim, 'a')
      const waiting: Promise<unknown>[] = []
      const lose = () => appended(generations, claim, 'b').then(() => {})
      await rolledBack(server, harness, lose, () => {
        waiting.push(generations.append(claim, [part('c')]))
      })
      assert.deepEqual(await Promise.all(waiting), [
        { ok: true, cursor: { epoch: claim.epoch, seq: 3 } },
      ])
      assert.ok((await generations.finish(claim, part('d'), endOf(request))).ok)
      assert.equal(textOf(await logOf(peer, request.id)), 'abcd')
    }, 30_000)

    test('a writer that has nothing more to write restores all the same, and its reader waits for it', async () => {
      await using server = await RedisServer.start({ appendOnly: true })
      await using harness = await createRedisHarness(server.url, { timing })
      const { generations, peer } = harness
      const { request, claim } = await running(harness)
      await rolledBack(server, harness, async () => {
        await appended(generations, claim, 'a', 'b')
      })
      using tail = peer.tail(request.id, { after: { epoch: claim.epoch, seq: 1 }, fresh: false })
      assert.equal(textOf(await pulled(tail, 1)), 'b')
      await harness.advance(timing.leaseMs * 2)
      const report = await peer.reap()
      assert.deepEqual(report, { requeued: 0, failed: 0, expired: 0 })
      assert.ok((await generations.append(claim, [part('c')])).ok, 'the lease was kept')
    }, 30_000)

    test('an end that the restart lost is written again, with its bill', async () => {
      await using server = await RedisServer.start({ appendOnly: true })
      await using harness = await createRedisHarness(server.url, { timing })
      const { generations, peer } = harness
      const { request, claim } = await running(harness)
      await appended(generations, claim, 'a')
      await rolledBack(server, harness, async () => {
        await appended(generations, claim, 'b')
        assert.ok((await generations.finish(claim, part('c'), endOf(request))).ok)
      })
      await eventually(harness, 'it has ended again', async () => {
        return (await stateOf(peer, request.id)) === 'completed'
      })
      const log = await logOf(peer, request.id)
      assertLogIsWhole(log)
      assert.equal(textOf(log), 'abc')
      const { records, taking } = await usageTaken(harness)
      await using _taking = taking
      await eventually(harness, 'the bill comes', () => records.length > 0)
      assert.deepEqual(records[0], endOf(request).usage)
    }, 30_000)

    test('a call whose every step was lost is there again: one claim, one answer, one bill', async () => {
      await using server = await RedisServer.start({ appendOnly: true })
      await using harness = await createRedisHarness(server.url, { timing })
      const { generations, peer, clock } = harness
      let routings = 0
      let claims = 0
      await using _requests = await peer.takeRequests(
        async ({ id }) => {
          routings += 1
          await peer.route(id, planOf())
        },
        { concurrency: 4 },
      )
      const gate = Promise.withResolvers<void>()
      await using _dispatches = await peer.takeDispatches(
        pool,
        async (id) => {
          const outcome = await peer.claim(id, () => {})
          if (!outcome.ok) return
          claims += 1
          await peer.append(outcome.claim, [part('a')])
          await gate.promise
          await peer.finish(outcome.claim, part('b'), endOf(outcome.claim.request))
        },
        { concurrency: 4 },
      )
      const admission = admissionOf(clock)
      const { id } = admission.request
      using tail = generations.tail(id, { after: null, fresh: true })
      const seen: LogEntry[] = []
      await rolledBack(server, harness, async () => {
        assert.ok((await generations.admit(admission)).ok)
        seen.push(...(await pulled(tail, 1)))
      })
      gate.resolve()
      seen.push(...(await drained(harness, tail)))
      assert.equal(textOf(seen), 'ab')
      await harness.advance(timing.leaseMs)
      await peer.reap()
      assert.equal(claims, 1)
      assert.equal(routings, 1)
      const { requests, dispatches, running: runs } = await generations.depths()
      assert.deepEqual([requests, ...Object.values(dispatches), runs].filter(Boolean), [])
    }, 30_000)

    test('when the writer is gone too, its reader is told log_reset, and is never shown other tokens', async () => {
      await using server = await RedisServer.start({ appendOnly: true })
      await using harness = await createRedisHarness(server.url, { timing })
      const writer = await createRedisHarness(server.url, { timing, keyPrefix: harness.keyPrefix })
      const { generations } = harness
      const { request, claim } = await running(writer)
      await appended(writer.generations, claim, 'a')
      using tail = generations.tail(request.id, { after: null, fresh: false })
      await rolledBack(server, harness, async () => {
        await appended(writer.generations, claim, 'b')
        assert.equal(textOf(await pulled(tail, 2)), 'ab')
        await writer.abandon()
      })
      const next = tail.next()
      await assert.rejects(next, (error) => GatewayError.is(error) && error.code === 'log_reset')
      await reapUntil(harness, 'it fails', async () => {
        return (await stateOf(generations, request.id)) === 'failed'
      })
      const log = await logOf(generations, request.id)
      assertLogIsWhole(log)
      assert.equal(log.at(-1)?.end?.error?.code, 'upstream_lost')
    }, 30_000)

    test('a writer that comes back late finds its claim free, and its reader has waited', async () => {
      await using server = await RedisServer.start({ appendOnly: true })
      await using harness = await createRedisHarness(server.url, { timing })
      await using proxy = await TcpProxy.start(server.port)
      const { keyPrefix, generations, peer } = harness
      await using late = await createRedisHarness(proxy.url, { timing, keyPrefix })
      const { request } = await (async () => {
        const admission = admissionOf(harness.clock)
        assert.ok((await generations.admit(admission)).ok)
        assert.ok((await generations.route(admission.request.id, planOf())).ok)
        return admission
      })()
      using tail = peer.tail(request.id, { after: null, fresh: false })
      const seen: LogEntry[] = []
      await server.noteState()
      const { claim } = await claimed(late.generations, request.id)
      await appended(late.generations, claim, 'a', 'b')
      seen.push(...(await pulled(tail, 2)))
      const next = tail.next()
      let taken = 0
      await using _dispatches = await peer.takeDispatches(
        pool,
        async (id) => {
          if ((await peer.claim(id, () => {})).ok) taken += 1
        },
        { concurrency: 4 },
      )
      await server.rollBack(() => {
        proxy.switchTo(1)
      })
      await eventually(harness, 'the server is back', () =>
        peer.ping().then(
          () => true,
          () => false,
        ),
      )
      await harness.advance(300)
      proxy.switchTo(server.port)
      const append = await late.generations.append(claim, [part('c')])
      assert.deepEqual(append, { ok: true, cursor: { epoch: claim.epoch, seq: 3 } })
      assert.ok((await late.generations.finish(claim, part('d'), endOf(request))).ok)
      for (let batch = await next; batch !== null; batch = await tail.next()) seen.push(...batch)
      assert.equal(textOf(seen), 'abcd')
      assert.equal(taken, 0)
    }, 30_000)

    test('after a restart nobody is reaped for one lease', async () => {
      const leaseMs = 5_000
      await using server = await RedisServer.start({ appendOnly: true })
      await using harness = await createRedisHarness(server.url, {
        timing: { leaseMs },
        renewLeases: false,
      })
      await using proxy = await TcpProxy.start(server.port)
      const { generations, keyPrefix } = harness
      await using cutOff = await createRedisHarness(proxy.url, {
        timing: { leaseMs },
        renewLeases: false,
        keyPrefix,
      })
      await generations.reap()
      // Its holder does not come back before the lease is over, and so cannot restore it.
      const { request } = await running(cutOff)
      const claimedAt = harness.clock.monotonic()
      proxy.switchTo(1)
      using _back = {
        [Symbol.dispose]: () => {
          proxy.switchTo(server.port)
        },
      }
      await server.kill()
      await harness.advance(300)
      await server.start()
      await eventually(harness, 'the server is back', () =>
        generations.ping().then(
          () => true,
          () => false,
        ),
      )
      await generations.reap()
      await harness.advance(Math.max(0, leaseMs + 500 - (harness.clock.monotonic() - claimedAt)))
      await generations.reap()
      assert.equal(
        await stateOf(generations, request.id),
        'running',
        'its lease is over, its holder may live',
      )
      await reapUntil(harness, 'it is routed again', async () => {
        return (await stateOf(generations, request.id)) === 'accepted'
      })
      await claimed(generations, request.id)
    }, 30_000)
  },
)
