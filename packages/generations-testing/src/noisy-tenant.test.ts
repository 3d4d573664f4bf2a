import { expect, test } from '@jest/globals'
import { TenantId } from '@sluice/contracts/ids'
import { createMemoryGenerations } from '@sluice/generations/memory'
import { inPlaceOf } from '@sluice/kernel/ids'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { admissionOf, endOf, part, planOf, pool } from './fixtures.ts'

const workers = 4
const callMs = 100
const noisy = TenantId.parse('noisy')
const quiet = TenantId.parse('quiet')

/** The longest that a call of the quiet tenant waits, while another one sends twice as much as the workers can do. */
async function longestWaitOfQuiet(sharedQueue: number): Promise<number> {
  const clock = createFakeClock()
  await using generations = createMemoryGenerations({ clock, timing: { sharedQueue } })
  let longest = 0
  const send = async (tenantId: TenantId) => {
    const admission = admissionOf(clock)
    const { request } = admission
    const caller = { ...request.caller, tenantId }
    const id = inPlaceOf(request.id, tenantId)
    await generations.admit({ ...admission, request: { ...request, id, caller } })
    await generations.route(id, planOf())
  }
  await using _taking = await generations.takeDispatches(
    pool,
    async (id) => {
      const outcome = await generations.claim(id, () => {})
      if (!outcome.ok) return
      const { request } = outcome.claim
      if (request.caller.tenantId === quiet)
        longest = Math.max(longest, clock.now() - request.acceptedAt)
      const done = Promise.withResolvers<void>()
      clock.after(callMs, () => {
        done.resolve()
      })
      await done.promise
      await generations.finish(outcome.claim, part('x'), endOf(request))
    },
    { concurrency: workers },
  )
  for (let i = 0; i < 500; i += 1) await send(noisy)
  for (let tenth = 0; tenth < 100; tenth += 1) {
    for (let i = 0; i < 2 * workers; i += 1) await send(noisy)
    if (tenth % 10 === 0) await send(quiet)
    await clock.advance(callMs)
  }
  await clock.advance(60_000)
  return longest
}

test('R10 a quiet tenant waits for what is shared and a turn, however much a noisy one sends', async () => {
  // Eight before it, four at a time, one turn, and the call that each worker is in.
  expect(await longestWaitOfQuiet(8)).toBeLessThanOrEqual((8 / workers + 2) * callMs)
})

test('with one line for all it waits for all that was sent before', async () => {
  expect(await longestWaitOfQuiet(100_000)).toBeGreaterThan(10_000)
})
