import assert from 'node:assert/strict'
import type { ContractCase } from '../contract-case.ts'
import { endOf, part, planOf } from '../fixtures.ts'
import {
  admitted,
  appended,
  assertLogIsWhole,
  completed,
  drained,
  eventually,
  logOf,
  reapUntil,
  routed,
  running,
  stateOf,
  usageTaken,
} from '../steps.ts'

export const cancelCases: readonly ContractCase[] = [
  {
    name: 'cancel: what nobody works on yet ends at once, with terminal entry and usage record',
    async run(harness) {
      const { generations, peer } = harness
      const { records, taking } = await usageTaken(harness)
      await using _taking = taking
      const waiting = [await admitted(harness), await routed(harness)]
      for (const request of waiting) {
        using tail = generations.tail(request.id, { after: null, fresh: false })
        assert.equal(await peer.cancel(request.id, 'the client left'), 'cancelled')
        const entries = await drained(harness, tail)
        assertLogIsWhole(entries)
        assert.equal(entries[0]?.end?.state, 'cancelled')
        assert.equal(entries[0]?.end?.error?.code, 'generation_cancelled')
        assert.equal(entries[0]?.end?.error?.message, 'the client left')
        assert.equal(await peer.cancel(request.id, 'again'), 'already_ended')
        assert.equal((await peer.route(request.id, planOf())).ok, false)
        assert.equal((await peer.claim(request.id, () => {})).ok, false)
      }
      await eventually(harness, 'both usage records come', () => records.length === 2)
      for (const [i, record] of records.entries()) {
        assert.equal(record.request_id, waiting[i]?.id)
        assert.equal(record.state, 'cancelled')
        assert.equal(record.amount_nano_usd, 0)
        assert.equal(record.first_part_ms, null)
      }
      const { requests, dispatches } = await generations.depths()
      assert.deepEqual([requests, ...Object.values(dispatches)], [0, 0])
    },
  },
  {
    name: 'cancel: a running generation is told to its holder once, who ends it',
    async run(harness) {
      const { generations, peer } = harness
      const { request, claim, revocations } = await running(harness)
      await appended(generations, claim, 'a')
      assert.equal(await peer.cancel(request.id, 'stop'), 'requested')
      await eventually(harness, 'the holder is told', () => revocations.length > 0)
      assert.equal(await peer.cancel(request.id, 'stop'), 'requested')
      assert.equal(await stateOf(peer, request.id), 'running')
      assert.ok((await generations.finish(claim, part('b'), endOf(request, 'cancelled'))).ok)
      assert.equal(await stateOf(peer, request.id), 'cancelled')
      await harness.advance(harness.timing.heartbeatMs * 3)
      assert.deepEqual(revocations, ['cancelled'])
    },
  },
  {
    name: 'cancel: a holder that does not react loses the generation, which ends as cancelled',
    async run(harness) {
      const { generations, peer } = harness
      const { request, claim, revocations } = await running(harness)
      assert.equal(await peer.cancel(request.id, 'stop'), 'requested')
      await eventually(harness, 'the holder is told', () => revocations.length > 0)
      await reapUntil(harness, 'it is cancelled', async () => {
        return (await stateOf(peer, request.id)) === 'cancelled'
      })
      assert.deepEqual(await generations.append(claim, [part('a')]), {
        ok: false,
        refusal: 'fenced',
      })
      assert.deepEqual(revocations, ['cancelled'])
    },
  },
  {
    name: 'cancel: what has ended stays as it is',
    async run(harness) {
      const { generations } = harness
      const { id } = await completed(harness, ['a'], 'b')
      const before = await logOf(generations, id)
      assert.equal(await generations.cancel(id, 'late'), 'already_ended')
      assert.equal(await stateOf(generations, id), 'completed')
      assert.deepEqual(await logOf(generations, id), before)
    },
  },
]
