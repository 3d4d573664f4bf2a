import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import type { RequestId } from '@sluice/contracts/ids'
import { createMemoryGenerations } from '@sluice/generations/memory'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { admissionOf, endOf, part, planOf } from './fixtures.ts'
import { claimed } from './steps.ts'

const attach = { kind: 'idempotency', key: 'key', bodyHash: 'body', retryCount: 0 } as const

/** Whether a call under the key still joins the first one when the log of that had to make room. */
async function joinsWhatMadeRoom(idempotencyMs: number): Promise<boolean> {
  const clock = createFakeClock()
  await using generations = createMemoryGenerations({
    clock,
    timing: { idempotencyMs },
    maxRetainedBytes: 2 * 1024 * 1024,
  })
  const complete = async (id: RequestId) => {
    await generations.route(id, planOf())
    const { claim } = await claimed(generations, id)
    const last = part('x'.repeat(1_000_000))
    assert.ok((await generations.finish(claim, last, endOf(claim.request))).ok)
  }
  const first = { ...admissionOf(clock), attach }
  await generations.admit(first)
  await complete(first.request.id)
  const again = await generations.admit({ ...admissionOf(clock), attach })
  assert.deepEqual(again, { ok: true, id: first.request.id, attached: true })
  for (let i = 0; i < 4; i += 1) {
    const other = admissionOf(clock)
    await generations.admit(other)
    await complete(other.request.id)
  }
  assert.equal(await generations.describe(first.request.id), null)
  const outcome = await generations.admit({ ...admissionOf(clock), attach })
  assert.ok(outcome.ok)
  return outcome.attached
}

test('attach: a key goes with a log that made room', async () => {
  assert.equal(await joinsWhatMadeRoom(15 * 60_000), false)
})

test('attach: a key stays where answers are archived longer than the log', async () => {
  assert.equal(await joinsWhatMadeRoom(24 * 60 * 60_000), true)
})

test('FM45 bills that nobody takes are bounded: new calls are refused before they are accepted, and taken again when bills are', async () => {
  const clock = createFakeClock()
  await using generations = createMemoryGenerations({ clock, maxUnbilled: 2 })
  const call = async () => {
    const admission = admissionOf(clock)
    const outcome = await generations.admit(admission)
    if (!outcome.ok) return outcome.error.code
    await generations.route(admission.request.id, planOf())
    const { claim } = await claimed(generations, admission.request.id)
    await generations.finish(claim, part('x'), endOf(claim.request))
    return admission.request.id
  }
  const accepted = [await call(), await call()]
  assert.deepEqual([await call(), await call()], ['server_is_overloaded', 'server_is_overloaded'])
  const billed: string[] = []
  let isFull = true
  await using _usage = await generations.takeUsage(
    (records) => {
      if (isFull) return Promise.reject(new Error('No space left on device'))
      billed.push(...records.map(({ request_id }) => request_id))
      return Promise.resolve()
    },
    { maxRecords: 10, maxWaitMs: 100 },
  )
  await clock.advance(5_000)
  assert.equal(await call(), 'server_is_overloaded')
  isFull = false
  await clock.advance(5_000)
  accepted.push(await call())
  await clock.advance(5_000)
  assert.deepEqual(billed, accepted)
})
