import assert from 'node:assert/strict'
import type { RequestId } from '@sluice/contracts/ids'
import type { ContractCase } from '../contract-case.ts'
import { endOf, part, planOf, pool, requestOf } from '../fixtures.ts'
import {
  admitted,
  appended,
  assertLogIsWhole,
  claimed,
  completed,
  eventually,
  logOf,
  routed,
  running,
  stateOf,
  usageTaken,
} from '../steps.ts'

const refusedFor = (refusal: 'fenced' | 'state' | 'unknown') => ({ ok: false, refusal }) as const

/** Arrows of the state machine that a worker walks, and those that must not exist. */
export const transitionCases: readonly ContractCase[] = [
  {
    name: 'route: hands the id to a worker of the pool of the first target, and to no other pool',
    async run(harness) {
      const { generations } = harness
      const seen: string[] = []
      const take = (name: string) =>
        generations.takeDispatches(
          name,
          async (id) => {
            seen.push(`${name} ${id}`)
            await generations.claim(id, () => {})
          },
          { concurrency: 1 },
        )
      await using _other = await take('other')
      await using _taking = await take(pool)
      const { id } = await routed(harness)
      await eventually(harness, 'a worker gets the id', () => seen.length > 0)
      assert.deepEqual(seen, [`${pool} ${id}`])
    },
  },
  {
    name: 'claim: gives request, plan, body and attempt to the worker',
    async run(harness) {
      const request = await routed(harness)
      const { claim } = await claimed(harness.peer, request.id)
      assert.deepEqual(claim.request, request)
      assert.deepEqual(claim.plan, planOf())
      assert.equal(claim.body.toString(), `{"model":"fast","user":"${request.id}"}`)
      assert.equal(claim.attempt, 1)
      assert.equal(claim.id, request.id)
      assert.ok(claim.epoch > 0)
    },
  },
  {
    name: 'append and finish: number entries from 1 and return the cursor of the last one',
    async run(harness) {
      const { generations } = harness
      const { request, claim } = await running(harness)
      const { epoch } = claim
      assert.deepEqual(await generations.append(claim, [part('a'), part('b')]), {
        ok: true,
        cursor: { epoch, seq: 2 },
      })
      assert.deepEqual(await generations.append(claim, [part('c')]), {
        ok: true,
        cursor: { epoch, seq: 3 },
      })
      assert.deepEqual(await generations.finish(claim, part('d'), endOf(request)), {
        ok: true,
        cursor: { epoch, seq: 4 },
      })
      const entries = await logOf(generations, request.id)
      assertLogIsWhole(entries)
      assert.deepEqual(
        entries.map(({ data }) => data.toString()),
        ['a', 'b', 'c', 'd'],
      )
      assert.deepEqual(entries.at(-1)?.end, endOf(request).terminal)
    },
  },
  {
    name: 'finish: writes whatever terminal state the worker reached',
    async run(harness) {
      const { generations } = harness
      for (const state of ['completed', 'failed', 'cancelled', 'expired'] as const) {
        const { request, claim } = await running(harness)
        assert.ok((await generations.finish(claim, part(''), endOf(request, state))).ok)
        assert.equal(await stateOf(generations, request.id), state)
      }
    },
  },
  {
    name: 'release: hands a generation with nothing published to another worker, and fences off the one that left',
    async run(harness) {
      const { generations, peer } = harness
      const { request, claim, revocations } = await running(harness)
      assert.ok((await generations.release(claim)).ok)
      assert.equal((await generations.depths()).dispatches[pool], 1)
      assert.deepEqual(await generations.append(claim, [part('late')]), refusedFor('fenced'))
      assert.deepEqual(await generations.release(claim), refusedFor('fenced'))
      const next = await claimed(peer, request.id)
      assert.ok(next.claim.epoch > claim.epoch)
      assert.equal(next.claim.attempt, 2)
      assert.ok((await peer.finish(next.claim, part('a'), endOf(request))).ok)
      assert.deepEqual(revocations, [])
      assertLogIsWhole(await logOf(generations, request.id))
    },
  },
  {
    name: 'no arrow: what has published something, is to be cancelled or has ended is not released',
    async run(harness) {
      const { generations, peer } = harness
      const busy = await running(harness)
      await appended(generations, busy.claim, 'a')
      assert.deepEqual(await generations.release(busy.claim), refusedFor('state'))
      const cancelling = await running(harness)
      await peer.cancel(cancelling.request.id, 'stop')
      assert.deepEqual(await generations.release(cancelling.claim), refusedFor('state'))
      assert.ok((await generations.finish(busy.claim, part('b'), endOf(busy.request))).ok)
      assert.deepEqual(await generations.release(busy.claim), refusedFor('state'))
    },
  },
  {
    name: 'reject: ends an accepted generation with a terminal entry and a usage record',
    async run(harness) {
      const { generations } = harness
      const { records, taking } = await usageTaken(harness)
      await using _taking = taking
      const request = await admitted(harness)
      assert.ok((await generations.reject(request.id, endOf(request, 'failed'))).ok)
      const entries = await logOf(generations, request.id)
      assertLogIsWhole(entries)
      assert.equal(entries.length, 1)
      await eventually(harness, 'the usage record comes', () => records.length > 0)
      assert.deepEqual(records, [endOf(request, 'failed').usage])
      assert.equal((await generations.depths()).requests, 0)
    },
  },
  {
    name: 'no arrow: a generation is routed once',
    async run(harness) {
      const { generations, peer } = harness
      const { id } = await routed(harness)
      assert.deepEqual(await peer.route(id, planOf('other')), refusedFor('state'))
      const { claim } = await claimed(generations, id)
      assert.equal(claim.plan.targets[0]?.pool, pool)
      assert.deepEqual(await peer.route(id, planOf('other')), refusedFor('state'))
      const done = await completed(harness, [])
      assert.deepEqual(await peer.route(done.id, planOf()), refusedFor('state'))
    },
  },
  {
    name: 'no arrow: only an accepted generation is rejected',
    async run(harness) {
      const { generations } = harness
      const waiting = await routed(harness)
      const busy = await running(harness)
      const done = await completed(harness, ['a'])
      for (const request of [waiting, busy.request, done]) {
        const outcome = await generations.reject(request.id, endOf(request, 'failed'))
        assert.deepEqual(outcome, refusedFor('state'))
      }
      assert.equal((await logOf(generations, done.id)).length, 2)
    },
  },
  {
    name: 'no arrow: a generation is claimed neither before it is routed, nor while it runs, nor after its end',
    async run(harness) {
      const { generations, peer } = harness
      const fresh = await admitted(harness)
      assert.deepEqual(await peer.claim(fresh.id, () => {}), refusedFor('state'))
      const busy = await running(harness)
      assert.deepEqual(await peer.claim(busy.request.id, () => {}), refusedFor('fenced'))
      const done = await completed(harness, ['a'])
      assert.deepEqual(await peer.claim(done.id, () => {}), refusedFor('state'))
      assert.deepEqual(busy.revocations, [])
      assert.ok((await generations.append(busy.claim, [part('still mine')])).ok)
    },
  },
  {
    name: 'no arrow: of many that claim at once, one wins',
    async run(harness) {
      const { generations, peer } = harness
      const { id } = await routed(harness)
      const claims = Array.from({ length: 20 }, (_, i) =>
        (i % 2 === 0 ? generations : peer).claim(id, () => {}),
      )
      const outcomes = await Promise.all(claims)
      assert.equal(outcomes.filter(({ ok }) => ok).length, 1)
    },
  },
  {
    name: 'no arrow: nothing is written after the terminal entry, and there is one',
    async run(harness) {
      const { generations } = harness
      const { request, claim } = await running(harness)
      await appended(generations, claim, 'a')
      const finishes = await Promise.all([
        generations.finish(claim, part('b'), endOf(request)),
        generations.finish(claim, part('c'), endOf(request, 'failed')),
      ])
      assert.equal(finishes.filter(({ ok }) => ok).length, 1)
      assert.deepEqual(await generations.append(claim, [part('late')]), refusedFor('state'))
      assert.deepEqual(
        await generations.finish(claim, part('late'), endOf(request)),
        refusedFor('state'),
      )
      const entries = await logOf(generations, request.id)
      assertLogIsWhole(entries)
      assert.equal(entries.length, 2)
    },
  },
  {
    name: 'no arrow: an id that was never admitted is unknown to every step',
    async run(harness) {
      const { generations, clock } = harness
      const { claim } = await running(harness)
      const request = requestOf(clock)
      const { id } = request
      const end = endOf(request)
      assert.deepEqual(await generations.route(id, planOf()), refusedFor('unknown'))
      assert.deepEqual(await generations.reject(id, end), refusedFor('unknown'))
      assert.deepEqual(await generations.claim(id, () => {}), refusedFor('unknown'))
      const stranger = { ...claim, id }
      assert.deepEqual(await generations.append(stranger, [part('a')]), refusedFor('unknown'))
      assert.deepEqual(await generations.finish(stranger, part('a'), end), refusedFor('unknown'))
      assert.equal(await generations.cancel(id, 'test'), 'unknown')
      assert.equal(await generations.describe(id), null)
    },
  },
  {
    name: 'concurrency: a worker gets no more at once than it asked for, and disposing waits for its handlers',
    async run(harness) {
      const { generations } = harness
      const open = new Map<RequestId, () => void>()
      let most = 0
      let started = 0
      const taking = await generations.takeDispatches(
        pool,
        async (id) => {
          await generations.claim(id, () => {})
          const { promise, resolve } = Promise.withResolvers<void>()
          open.set(id, resolve)
          started += 1
          most = Math.max(most, open.size)
          await promise
          open.delete(id)
        },
        { concurrency: 2 },
      )
      for (let i = 0; i < 5; i += 1) await routed(harness)
      await eventually(harness, 'two handlers run', () => started === 2)
      await harness.advance(50)
      assert.equal((await generations.depths()).dispatches[pool], 3)
      for (const release of open.values()) release()
      await eventually(harness, 'two more handlers run', () => started === 4)

      let disposed = false
      const disposal = taking[Symbol.asyncDispose]().then(() => {
        disposed = true
      })
      await harness.advance(20)
      assert.equal(disposed, false)
      for (const release of open.values()) release()
      await disposal
      await harness.advance(20)
      assert.equal(open.size, 0)
      assert.equal(most, 2)
      assert.equal((await generations.depths()).dispatches[pool], 1)
    },
  },
]
