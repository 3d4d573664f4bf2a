// Needs Redis 7: REDIS_URL.
import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import { endOf, part, planOf } from '@sluice/generations-testing/fixtures'
import { admitted, drained, eventually, running, textOf } from '@sluice/generations-testing/steps'
import { Redis } from 'ioredis'
import { FieldWriter } from '../src/fields.ts'
import { readFunctionLibrary } from '../src/function-library.ts'
import { createRedisHarness } from './redis-harness.ts'

const url = process.env['REDIS_URL']
if (url === undefined) console.warn('skipped: set REDIS_URL to run two versions on one Redis')

/** The library of another version, in which a step means something else. Its content differs, and so its name. */
function otherLibrary(): string {
  const { name, code } = readFunctionLibrary()
  return code
    .replaceAll(name, 'sluice_000000000000')
    .replace("register('append', append,", "register('append', function() return 'f' end,")
}

;(url === undefined ? describe.skip : describe)('FM50 two versions on one Redis', () => {
  const at = url ?? ''

  test('the functions of another version come and go beside ours', async () => {
    await using harness = await createRedisHarness(at)
    const redis = new Redis(at)
    const { generations, peer } = harness
    const { request, claim } = await running(harness)
    using tail = peer.tail(request.id, { after: null, fresh: false })
    const seen = drained(harness, tail)
    await generations.append(claim, [part('a')])
    await redis.call('FUNCTION', 'LOAD', 'REPLACE', otherLibrary())
    await generations.append(claim, [part('b')])
    await redis.call('FUNCTION', 'DELETE', 'sluice_000000000000')
    await generations.finish(claim, part('c'), endOf(request))
    assert.equal(textOf(await seen), 'abc')
    await redis.quit()
  })

  test('a push of a kind that this version does not know revokes nothing and hides nothing', async () => {
    await using harness = await createRedisHarness(at)
    const redis = new Redis(at)
    const { generations, peer, keyPrefix } = harness
    const { request, claim, revocations } = await running(harness)
    using tail = peer.tail(request.id, { after: null, fresh: false })
    const seen = drained(harness, tail)
    await generations.append(claim, [part('a')])
    const frame = new FieldWriter()
    for (const field of ['hint-of-the-next-version', request.id, String(claim.epoch), 'more'])
      frame.text(field)
    for (const process of ['one', 'two'])
      await redis.spublish(
        `${keyPrefix}gen:{s0}:push:${process}`,
        Buffer.from(frame.arguments()[0] as Buffer),
      )
    await generations.append(claim, [part('b')])
    await harness.advance(200)
    assert.deepEqual(revocations, [])
    assert.ok((await generations.finish(claim, part('c'), endOf(request))).ok)
    assert.equal(textOf(await seen), 'abc')
    await redis.quit()
  })

  test('what the version before has admitted and routed has what it did not know yet', async () => {
    await using harness = await createRedisHarness(at)
    const redis = new Redis(at)
    const { generations, keyPrefix } = harness
    const { id } = await admitted(harness)
    const key = `${keyPrefix}gen:{s0}:`
    const asBefore = (text: string, ...unknown: string[]) => {
      const message = JSON.parse(text) as Record<string, unknown>
      for (const member of ['schema', ...unknown]) Reflect.deleteProperty(message, member)
      return JSON.stringify(message)
    }
    const rewrite = async (field: string, change: (text: string) => string) => {
      await redis.hset(key + id, field, change((await redis.hget(key + id, field)) ?? ''))
    }
    const [entry] = await redis.xrange(`${key}requests`, '-', '+')
    const old = asBefore(entry?.[1][3] ?? '', 'needs', 'group', 'contentType')
    await redis.xdel(`${key}requests`, entry?.[0] ?? '')
    const item = await redis.xadd(`${key}requests`, '*', 'id', id, 'request', old)
    await redis.hset(key + id, 'item', item ?? '')
    await rewrite('request', () => old)

    const taken: GenerationRequest[] = []
    await using _requests = await generations.takeRequests(
      async (request) => {
        taken.push(request)
        await generations.route(id, planOf())
      },
      { concurrency: 1 },
    )
    await eventually(harness, 'it is routed', () => taken.length > 0)
    assert.deepEqual(
      [taken[0]?.needs, taken[0]?.group, taken[0]?.contentType],
      [[], null, 'application/json'],
    )
    await eventually(harness, 'its plan', () => redis.hget(key + id, 'plan'))
    await rewrite('plan', (text) => {
      const plan = JSON.parse(asBefore(text)) as { targets: Record<string, unknown>[] }
      for (const target of plan.targets)
        for (const member of ['traits', 'maxEventBytes']) Reflect.deleteProperty(target, member)
      return JSON.stringify(plan)
    })
    const claimed = await generations.claim(id, () => {})
    assert.ok(claimed.ok)
    assert.deepEqual(claimed.claim.request.needs, [])
    assert.deepEqual(claimed.claim.plan, planOf())
    assert.ok((await generations.finish(claimed.claim, part('x'), endOf(claimed.claim.request))).ok)
    await redis.quit()
  })
})
