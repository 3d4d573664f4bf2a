import assert from 'node:assert/strict'
import type { ContractCase, Harness } from '../contract-case.ts'
import { admissionOf, endOf, part, planOf, pool } from '../fixtures.ts'
import {
  admitted,
  appended,
  assertLogIsWhole,
  claimed,
  completed,
  drained,
  eventually,
  logOf,
  reapUntil,
  routed,
  running,
  stateOf,
  textOf,
  usageTaken,
} from '../steps.ts'

const fenced = { ok: false, refusal: 'fenced' } as const
const frozen = { renewLeases: false } as const

export const reapCases: readonly ContractCase[] = [
  {
    name: 'reap: leaves alone what is waiting, what runs and what has ended',
    async run(harness) {
      const { generations, timing } = harness
      const waiting = await admitted(harness)
      const { request, claim, revocations } = await running(harness)
      const ended = await completed(harness, ['a'])
      for (let i = 0; i < 12; i += 1) {
        await harness.advance(timing.leaseMs / 4)
        const report = await generations.reap()
        assert.deepEqual(report, { requeued: 0, failed: 0, expired: 0 })
      }
      assert.equal(await stateOf(generations, waiting.id), 'accepted')
      assert.equal(await stateOf(generations, ended.id), 'completed')
      assert.deepEqual(revocations, [])
      assert.ok((await generations.append(claim, [part('a')])).ok, 'the lease was renewed')
      assert.ok((await generations.finish(claim, part('b'), endOf(request))).ok)
    },
  },
  {
    name: 'reap: a request that its router dropped is handed out again',
    async run(harness) {
      const { generations } = harness
      let deliveries = 0
      await using _taking = await generations.takeRequests(
        async ({ id }) => {
          deliveries += 1
          if (deliveries === 1) throw new Error('the router fails')
          await generations.route(id, planOf())
        },
        { concurrency: 1 },
      )
      const { id } = await admitted(harness)
      await eventually(harness, 'the first delivery', () => deliveries === 1)
      await reapUntil(harness, 'it is routed', async () => {
        return (await generations.depths()).dispatches[pool] === 1
      })
      assert.equal(deliveries, 2)
      assert.equal((await generations.depths()).requests, 0)
      await claimed(generations, id)
    },
  },
  {
    name: 'reap: a dispatch that its worker dropped is handed out again',
    async run(harness) {
      const { generations } = harness
      let deliveries = 0
      await using _taking = await generations.takeDispatches(
        pool,
        async (id) => {
          deliveries += 1
          if (deliveries > 1) await generations.claim(id, () => {})
        },
        { concurrency: 1 },
      )
      const { id } = await routed(harness)
      await reapUntil(harness, 'it runs', async () => {
        return (await stateOf(generations, id)) === 'running'
      })
      assert.equal(deliveries, 2)
    },
  },
  {
    name: 'fence: a lost lease with nothing published is routed again, and the former writer is refused for ever',
    options: frozen,
    async run(harness) {
      const { generations, peer } = harness
      const { request, claim: old, revocations } = await running(harness)
      const handed: string[] = []
      await using _taking = await peer.takeDispatches(
        pool,
        async (id) => {
          handed.push(id)
        },
        { concurrency: 1 },
      )
      using tail = peer.tail(request.id, { after: null, fresh: false })
      await reapUntil(harness, 'it is routed again', () => handed.length > 0)
      assert.deepEqual(await generations.append(old, [part('zombie')]), fenced)

      const { claim } = await claimed(peer, request.id)
      assert.ok(claim.epoch > old.epoch)
      assert.equal(claim.attempt, 2)
      assert.deepEqual(claim.request, request)
      assert.ok((await peer.append(claim, [part('a')])).ok)
      assert.deepEqual(await generations.append(old, [part('zombie')]), fenced)
      assert.deepEqual(await generations.finish(old, part('zombie'), endOf(request)), fenced)
      assert.ok((await peer.finish(claim, part('b'), endOf(request))).ok)
      assert.deepEqual(await generations.append(old, [part('zombie')]), fenced)
      assert.deepEqual(await generations.finish(old, part('zombie'), endOf(request)), fenced)

      const entries = await drained(harness, tail)
      assertLogIsWhole(entries)
      assert.equal(textOf(entries), 'ab')
      assert.ok(revocations.length <= 1)
      assert.ok(revocations.every((reason) => reason === 'lost'))
    },
  },
  {
    name: 'reap: the claim of a handler that throws runs out, and another worker gets the generation',
    async run(harness) {
      const { generations } = harness
      let deliveries = 0
      await using _taking = await generations.takeDispatches(
        pool,
        async (id) => {
          deliveries += 1
          const { claim } = await claimed(generations, id)
          if (deliveries === 1) throw new Error('the worker fails')
          await generations.finish(claim, part('a'), endOf(claim.request))
        },
        { concurrency: 1 },
      )
      const { id } = await routed(harness)
      await reapUntil(harness, 'it completes', async () => {
        return (await stateOf(generations, id)) === 'completed'
      })
      assert.equal(deliveries, 2)
    },
  },
  {
    name: 'reap: a lost lease with something published ends as failed with upstream_lost',
    options: frozen,
    async run(harness) {
      const { generations, peer } = harness
      const { records, taking } = await usageTaken(harness)
      await using _taking = taking
      const { request, claim } = await running(harness)
      using tail = peer.tail(request.id, { after: null, fresh: false })
      await appended(generations, claim, 'a', 'b')
      await reapUntil(harness, 'it fails', async () => {
        return (await stateOf(peer, request.id)) === 'failed'
      })
      assert.deepEqual(await generations.append(claim, [part('zombie')]), fenced)
      assert.deepEqual(await generations.finish(claim, part('zombie'), endOf(request)), fenced)
      const entries = await drained(harness, tail)
      assertLogIsWhole(entries)
      assert.equal(textOf(entries), 'ab')
      assert.equal(entries.at(-1)?.end?.error?.code, 'upstream_lost')
      assert.equal(entries.at(-1)?.end?.error?.status, 502)
      const [record] = await eventually(harness, 'the record', () => records.length > 0 && records)
      assert.equal(record?.request_id, request.id)
      assert.equal(record.error_code, 'upstream_lost')
      assert.equal(record.provider, 'acme')
      assert.equal(record.model, 'acme/fast')
      assert.deepEqual(
        record.calls.map(({ attempt, state }) => ({ attempt, state })),
        [{ attempt: 1, state: 'failed' }],
      )
      assert.equal(record.estimated, true)
      assert.ok(record.first_part_ms !== null)
    },
  },
  {
    name: 'reap: a request that breaks its router ends as poison after three deliveries (FM14)',
    async run(harness) {
      const { generations } = harness
      let deliveries = 0
      await using _taking = await generations.takeRequests(
        async () => {
          deliveries += 1
          throw new Error('the router fails')
        },
        { concurrency: 1 },
      )
      const { id } = await admitted(harness)
      await assertPoison(harness, id)
      assert.equal(deliveries, 3)
    },
  },
  {
    name: 'reap: a generation that its workers die of ends as poison after three claims',
    options: frozen,
    async run(harness) {
      const { generations } = harness
      const { records, taking } = await usageTaken(harness)
      await using _usage = taking
      let claims = 0
      await using _taking = await generations.takeDispatches(
        pool,
        async (id) => {
          const outcome = await generations.claim(id, () => {})
          if (outcome.ok) claims += 1
        },
        { concurrency: 1 },
      )
      const { id } = await routed(harness)
      await assertPoison(harness, id)
      assert.equal(claims, 3)
      await eventually(harness, 'the usage record comes', () => records.length > 0)
      assert.equal(records[0]?.error_code, 'poison_request')
      assert.deepEqual(
        records[0]?.calls.map(({ attempt, state }) => ({ attempt, state })),
        [1, 2, 3].map((attempt) => ({ attempt, state: 'unconfirmed' })),
      )
      assert.equal(records[0]?.provider, null)
      assert.equal(records[0]?.first_part_ms, null)
    },
  },
  {
    name: 'reap: past its deadline a generation expires, whoever holds it',
    async run(harness) {
      const { generations } = harness
      const deadlineMs = 200
      const waiting = await admitted(harness, deadlineMs)
      const dispatched = await routed(harness, deadlineMs)
      const { request, claim, revocations } = await running(harness, deadlineMs)
      await appended(generations, claim, 'a')
      for (const { id } of [waiting, dispatched, request]) {
        await reapUntil(harness, 'it expires', async () => {
          return (await stateOf(generations, id)) === 'expired'
        })
        const entries = await logOf(generations, id)
        assertLogIsWhole(entries)
        assert.equal(entries.at(-1)?.end?.error?.status, 504)
      }
      assert.ok(harness.clock.now() >= request.deadlineAt)
      assert.deepEqual(await generations.append(claim, [part('late')]), fenced)
      await eventually(harness, 'the holder is told', () => revocations.length > 0)
      assert.deepEqual(revocations, ['lost'])
      const { requests, dispatches } = await generations.depths()
      assert.deepEqual([requests, ...Object.values(dispatches)], [0, 0])
    },
  },
  {
    name: 'reap: FM44 a deadline counts by the clock of the log: that of a process that is wrong ends nothing early',
    async run(harness) {
      const { generations } = harness
      const slow = admissionOf(harness.clock, 60_000)
      const hour = 3_600_000
      const acceptedAt = slow.request.acceptedAt - hour
      const request = { ...slow.request, acceptedAt, deadlineAt: acceptedAt + 60_000 }
      assert.ok((await generations.admit({ ...slow, request })).ok)
      assert.ok((await generations.route(request.id, planOf())).ok)
      const { claim } = await claimed(generations, request.id)
      assert.ok(claim.remainingMs > 50_000 && claim.remainingMs <= 60_000)
      assert.deepEqual(await generations.reap(), { requeued: 0, failed: 0, expired: 0 })
      assert.equal(await stateOf(generations, request.id), 'running')
    },
  },
]

async function assertPoison(
  harness: Harness,
  id: Parameters<Harness['generations']['describe']>[0],
) {
  const { generations } = harness
  await reapUntil(harness, 'it is given up', async () => {
    return (await stateOf(generations, id)) === 'failed'
  })
  const entries = await logOf(generations, id)
  assertLogIsWhole(entries)
  assert.equal(entries.at(-1)?.end?.error?.code, 'poison_request')
  assert.equal(entries.at(-1)?.end?.error?.status, 500)
  const { requests, dispatches, running: runs } = await generations.depths()
  assert.deepEqual([requests, ...Object.values(dispatches), runs].some(Boolean), false)
}
