// Needs Redis 7: REDIS_URL=redis://127.0.0.1:6379
import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { contractTiming } from '@sluice/generations-testing/contract-case'
import { admissionOf, planOf } from '@sluice/generations-testing/fixtures'
import { reapUntil } from '@sluice/generations-testing/steps'
import type { Generations, Revocation } from '@sluice/generations'
import { systemClock } from '@sluice/kernel/clock'
import { createRedisGenerations } from '../src/redis-generations.ts'
import { createRedisHarness, type RedisHarness } from './redis-harness.ts'

const url = process.env['REDIS_URL'] ?? ''
if (url === '') console.warn('skipped: set REDIS_URL to run the generations against Redis')

/** A process of its own on the same generations: what an ingress is. */
function openEdge({ keyPrefix }: RedisHarness, instanceId: string): Promise<Generations> {
  return createRedisGenerations({
    url,
    keyPrefix,
    instanceId,
    clock: systemClock,
    timing: contractTiming,
  })
}

/** Admitted by the edge, run by the harness. */
async function runningFor(
  { generations, clock }: RedisHarness,
  edge: Generations,
  onDisconnect: 'cancel' | 'continue' = 'cancel',
) {
  const admission = admissionOf(clock)
  const request = { ...admission.request, onDisconnect }
  const { id } = request
  await edge.admit({ ...admission, request })
  await generations.route(id, planOf())
  const revocations: Revocation[] = []
  const claimed = await generations.claim(id, (reason) => revocations.push(reason))
  assert.ok(claimed.ok)
  return { id, revocations }
}

const { heartbeatMs, lostReaderGraceMs } = contractTiming

;(url === '' ? describe.skip : describe)('who reads, when processes die', () => {
  test('FM07: when the only process that showed a generation is gone, it has its grace, and then it ends', async () => {
    await using harness = await createRedisHarness(url)
    const edge = await openEdge(harness, 'edge')
    const { revocations } = await runningFor(harness, edge)
    const keptOn = await runningFor(harness, edge, 'continue')
    const diedAt = performance.now()
    await edge[Symbol.asyncDispose]()
    await reapUntil(harness, 'the holder is told', () => revocations.length > 0)
    assert.ok(performance.now() - diedAt > lostReaderGraceMs * 0.9)
    assert.deepEqual(revocations, ['cancelled'])
    await harness.advance(lostReaderGraceMs * 2)
    await harness.generations.reap()
    assert.deepEqual(keptOn.revocations, [])
  })

  test('FM07: who goes on reading at another process ends that grace', async () => {
    await using harness = await createRedisHarness(url)
    const edge = await openEdge(harness, 'edge')
    await using other = await openEdge(harness, 'other')
    const { id, revocations } = await runningFor(harness, edge)
    await edge[Symbol.asyncDispose]()
    await harness.advance(heartbeatMs * 3)
    await other.attend(id)
    using tail = other.tail(id, { after: null, fresh: false })
    void tail.next()
    for (let sweep = 0; sweep < 10; sweep += 1) {
      await harness.advance(lostReaderGraceMs / 5)
      await harness.generations.reap()
    }
    assert.deepEqual(revocations, [])
  })
})
