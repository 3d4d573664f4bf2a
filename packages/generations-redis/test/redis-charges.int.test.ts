// Needs Redis 7: REDIS_URL. Those that lose a server's memory need the program redis-server, too.
import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import type { Charge } from '@sluice/generations'
import { counterMarginMs } from '@sluice/generations/charges'
import { admissionOf, endOf, part, planOf } from '@sluice/generations-testing/fixtures'
import { claimed, eventually, reapUntil, stateOf } from '@sluice/generations-testing/steps'
import { Redis } from 'ioredis'
import { createRedisHarness, type RedisHarness } from './redis-harness.ts'
import { hasRedisServer, RedisServer } from './redis-server.ts'

const url = process.env['REDIS_URL']
if (url === undefined) console.warn('skipped: set REDIS_URL to run limits against Redis')
const at = url ?? ''
const ownServer = url !== undefined && hasRedisServer()
const timing = { leaseMs: 3_000, heartbeatMs: 250 }

const budget = (harness: RedisHarness): Charge => ({
  counter: 'budget:1',
  metric: 'cost',
  max: 20_000,
  amount: 9_000,
  endsAt: harness.clock.now() + 60_000,
  durable: true,
})
const calls: Charge = {
  counter: 'calls',
  metric: 'concurrency',
  max: 5,
  amount: 1,
  endsAt: null,
  durable: false,
}
const { tenantId } = admissionOf({ now: () => 0 } as RedisHarness['clock']).request.caller

async function seeded(harness: RedisHarness, charge: Charge, used: number): Promise<void> {
  await reapUntil(harness, 'counters may be seeded', () =>
    harness.generations.seedCounts(tenantId, [{ ...charge, used }]),
  )
}

async function runningWith(harness: RedisHarness, charges: readonly Charge[]) {
  const { generations, clock } = harness
  const admission = { ...admissionOf(clock), charges }
  const admitted = await generations.admit(admission)
  assert.ok(admitted.ok)
  const { request } = admission
  await generations.route(request.id, planOf())
  return { request, admitted, claim: (await claimed(generations, request.id)).claim }
}

const countOf = async (harness: RedisHarness, { counter }: Charge) =>
  (await harness.peer.readCounts(tenantId, [counter]))[0]

;(url === undefined ? describe.skip : describe)('limits in Redis', () => {
  test('a call is settled in the counter it was taken from, and not in its successor (S-139)', async () => {
    await using harness = await createRedisHarness(at)
    const { generations, keyPrefix } = harness
    const charge = budget(harness)
    await seeded(harness, charge, 1_000)
    const { request, claim } = await runningWith(harness, [charge, calls])
    const redis = new Redis(at)
    const key = `${keyPrefix}gen:{s0}:count:${tenantId}:${charge.counter}`
    assert.equal(await redis.del(key), 1)

    // Missing: asked for again, and it begins with the ledger.
    const other = await generations.admit({ ...admissionOf(harness.clock), charges: [charge] })
    assert.ok(!other.ok)
    assert.deepEqual(other.unseeded, [charge.counter])
    await seeded(harness, charge, 4_000)
    const second = await runningWith(harness, [charge])
    assert.deepEqual(await countOf(harness, charge), { used: 4_000, reserved: 9_000 })
    assert.ok((await generations.finish(claim, part('a'), endOf(request))).ok)
    assert.deepEqual(await countOf(harness, charge), { used: 4_000, reserved: 9_000 })
    assert.equal(await countOf(harness, calls), null)

    // Its cost comes by the ledger.
    await seeded(harness, charge, 4_000 + 5_850)
    await generations.finish(second.claim, part('b'), endOf(second.request))
    assert.deepEqual(await countOf(harness, charge), { used: 4_000 + 2 * 5_850, reserved: 0 })
    await redis.quit()
  }, 30_000)

  test('a counter expires a minute after its window, also one of a window that is over for this server', async () => {
    await using harness = await createRedisHarness(at)
    const redis = new Redis(at)
    const key = `${harness.keyPrefix}gen:{s0}:count:${tenantId}:`
    const limit = { ...calls, metric: 'requests' } as const
    const now = harness.clock.now()
    await runningWith(harness, [
      { ...limit, counter: 'ahead', endsAt: now + 30_000 },
      { ...limit, counter: 'over', endsAt: now - 600_000 },
      calls,
    ])
    const left = await redis.pttl(`${key}ahead`)
    assert.ok(left > 20_000 + counterMarginMs && left <= 30_000 + counterMarginMs, String(left))
    assert.ok((await redis.pttl(`${key}over`)) > 30_000)
    await redis.quit()
  })

  test('a call without limits costs no command for them, and leaves no counter', async () => {
    await using harness = await createRedisHarness(at)
    const redis = new Redis(at)
    const { request, claim } = await runningWith(harness, [])
    await harness.generations.finish(claim, part('a'), endOf(request))
    assert.deepEqual(await redis.keys(`${harness.keyPrefix}*count:*`), [])
    const key = `${harness.keyPrefix}gen:{s0}:${request.id}`
    assert.equal(await redis.hexists(key, 'charges'), 0)
    await redis.quit()
  })
})

;(ownServer ? describe : describe.skip)('limits on a Redis that loses its memory', () => {
  test('after a flush nothing durable is counted before the calls that ran have been billed', async () => {
    await using server = await RedisServer.start()
    await using harness = await createRedisHarness(server.url, { timing })
    const { generations, peer } = harness
    const charge = budget(harness)
    await seeded(harness, charge, 0)
    const { request, claim } = await runningWith(harness, [charge])
    await server.command('flushall')
    const startedAt = harness.clock.now()
    assert.equal(await peer.seedCounts(tenantId, [{ ...charge, used: 0 }]), false)
    // Who held it is told meanwhile, and reports its bill.
    const end = await generations.finish(claim, part('a'), endOf(request))
    assert.deepEqual(end, { ok: false, refusal: 'unknown' })
    await seeded(harness, charge, 5_850)
    assert.ok(harness.clock.now() - startedAt >= timing.leaseMs - 250)
    assert.deepEqual(await countOf(harness, charge), { used: 5_850, reserved: 0 })
  }, 30_000)

  test('an admission that the restart lost takes its charges again, room or not, and its repeated end settles them once', async () => {
    await using server = await RedisServer.start({ appendOnly: true })
    await using harness = await createRedisHarness(server.url, { timing })
    const { generations, peer } = harness
    const charge = { ...budget(harness), max: 15_000 }
    await seeded(harness, charge, 0)
    const back = () =>
      eventually(harness, 'the server is back', () =>
        generations.ping().then(
          () => true,
          () => false,
        ),
      )
    await server.noteState()
    const first = await runningWith(harness, [charge, calls])
    assert.ok((await generations.finish(first.claim, part('a'), endOf(first.request))).ok)
    // There was room for it because the first one had ended; while both are admitted again, there is none.
    const second = await runningWith(harness, [charge, calls])
    assert.deepEqual(await countOf(harness, charge), { used: 5_850, reserved: 9_000 })
    await server.rollBack()
    await back()
    await eventually(harness, 'it has ended again', async () => {
      return (await stateOf(peer, first.request.id)) === 'completed'
    })
    assert.deepEqual(await countOf(harness, charge), { used: 5_850, reserved: 9_000 })
    assert.ok((await generations.finish(second.claim, part('b'), endOf(second.request))).ok)
    assert.deepEqual(await countOf(harness, charge), { used: 11_700, reserved: 0 })
    assert.equal(await countOf(harness, calls), null)
  }, 30_000)

  test('an end that the restart lost settles once when its writer repeats it', async () => {
    await using server = await RedisServer.start({ appendOnly: true })
    await using harness = await createRedisHarness(server.url, { timing })
    const { generations, peer } = harness
    const charge = budget(harness)
    await seeded(harness, charge, 0)
    const { request, claim } = await runningWith(harness, [charge])
    await server.noteState()
    assert.ok((await generations.finish(claim, part('a'), endOf(request))).ok)
    await server.rollBack()
    await eventually(harness, 'it has ended again', () =>
      stateOf(peer, request.id).then(
        (state) => state === 'completed',
        () => false,
      ),
    )
    assert.deepEqual(await countOf(harness, charge), { used: 5_850, reserved: 0 })
  }, 30_000)
})
