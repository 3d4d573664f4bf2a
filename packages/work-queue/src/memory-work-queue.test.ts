import { expect, test } from '@jest/globals'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { createMemoryWorkQueue } from './memory-work-queue.ts'
import type { Job } from './work-queue.ts'

// What needs time to stand still; the rest is the contract suite's (`@sluice/work-queue-testing`).

test('takes a dedupe id again after ten minutes', async () => {
  const clock = createFakeClock()
  await using queue = createMemoryWorkQueue({ clock })
  await queue.enqueue('mail', 1, { dedupeId: 'a' })
  await clock.advance(10 * 60_000 - 1)
  await queue.enqueue('mail', 2, { dedupeId: 'a' })
  expect(await queue.depth('mail', 'g')).toBe(1)
  await clock.advance(1)
  await queue.enqueue('mail', 3, { dedupeId: 'a' })
  expect(await queue.depth('mail', 'g')).toBe(2)
})

test('doubles the rest of a failing job, up to its lease', async () => {
  const clock = createFakeClock()
  await using queue = createMemoryWorkQueue({ clock })
  const deliveredAt: number[] = []
  const options = { group: 'g', concurrency: 1, leaseMs: 300, maxDeliveries: 5 }
  await queue.consume('mail', options, async () => {
    deliveredAt.push(clock.monotonic())
    throw new Error('planted')
  })
  await queue.enqueue('mail', 1)
  await clock.advance(0) // the first delivery fails now, not when the ten seconds are over
  await clock.advance(10_000)
  expect(deliveredAt).toEqual([0, 100, 300, 600, 900])
  expect(await queue.deadLetters('mail', 'g')).toHaveLength(1)
})

test('rejects waiting requests, and delivers nothing, once it is closed', async () => {
  const clock = createFakeClock()
  const queue = createMemoryWorkQueue({ clock })
  const jobs: Job[] = []
  await queue.consume('mail', { group: 'g', concurrency: 1 }, async (job) => {
    jobs.push(job)
    throw new Error('planted')
  })
  await queue.enqueue('mail', 1)
  await clock.advance(1)
  const reply = queue.request('nobody', null, { timeoutMs: 1000 })
  const [outcome] = await Promise.allSettled([reply, queue[Symbol.asyncDispose]()])
  expect(outcome).toMatchObject({
    status: 'rejected',
    reason: { code: 'dependency_unavailable', status: 503, retryable: true },
  })
  await clock.advance(60_000)
  expect(jobs).toHaveLength(1)
})
