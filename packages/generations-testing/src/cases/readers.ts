import assert from 'node:assert/strict'
import type { ContractCase } from '../contract-case.ts'
import { endOf, part } from '../fixtures.ts'
import { admitted, eventually, reapUntil, running, stateOf } from '../steps.ts'

/** Far more than a case waits. */
const longMs = 600_000

/** Who reads, and what becomes of a generation that nobody reads. */
export const readerCases: readonly ContractCase[] = [
  {
    name: 'leave: the admitted caller is the only reader, and without a grace its leaving cancels at once',
    async run(harness) {
      const { generations, peer } = harness
      const { request, revocations } = await running(harness)
      await peer.leave(request.id, 0)
      await eventually(harness, 'the holder is told', () => revocations.length > 0)
      assert.deepEqual(revocations, ['cancelled'])
      const waiting = await admitted(harness)
      await peer.leave(waiting.id, 0)
      assert.equal(await stateOf(generations, waiting.id), 'cancelled')
    },
  },
  {
    name: 'leave: with a grace the reaper cancels, not before its time',
    async run(harness) {
      const { peer, timing } = harness
      const { request, revocations } = await running(harness)
      const graceMs = timing.heartbeatMs * 2
      await peer.leave(request.id, graceMs)
      await peer.reap()
      assert.deepEqual(revocations, [])
      await reapUntil(harness, 'the holder is told', () => revocations.length > 0)
      assert.deepEqual(revocations, ['cancelled'])
    },
  },
  {
    name: 'attend: ends a grace, wherever it began',
    async run(harness) {
      const { generations, peer, timing } = harness
      const { request, revocations } = await running(harness)
      const graceMs = timing.heartbeatMs
      await generations.leave(request.id, graceMs)
      await peer.attend(request.id)
      await harness.advance(graceMs * 3)
      await generations.reap()
      await harness.advance(timing.heartbeatMs * 2)
      assert.deepEqual(revocations, [])
      await peer.leave(request.id, graceMs)
      await reapUntil(harness, 'the holder is told', () => revocations.length > 0)
    },
  },
  {
    name: 'leave: while somebody else reads, nothing happens',
    async run(harness) {
      const { generations, peer, timing } = harness
      const { request, claim, revocations } = await running(harness)
      await peer.attend(request.id)
      await generations.leave(request.id, 0)
      await harness.advance(timing.heartbeatMs * 2)
      await generations.reap()
      assert.deepEqual(revocations, [])
      assert.ok((await generations.finish(claim, part('a'), endOf(request))).ok)
    },
  },
  {
    name: 'attend and leave: without effect on what has ended, or never was',
    async run(harness) {
      const { generations, peer } = harness
      const { request, claim } = await running(harness)
      await peer.leave(request.id, longMs)
      assert.ok((await generations.finish(claim, part('a'), endOf(request))).ok)
      await peer.attend(request.id)
      await peer.leave(request.id, 0)
      await peer.leave(request.id, 0)
      assert.equal(await stateOf(peer, request.id), 'completed')
      const other = '00000000-0000-7000-8000-000000000000' as typeof request.id
      await peer.attend(other)
      await peer.leave(other, 0)
      await generations.reap()
      assert.equal(await stateOf(peer, other), 'unknown')
    },
  },
]
