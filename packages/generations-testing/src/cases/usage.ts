import assert from 'node:assert/strict'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { ContractCase } from '../contract-case.ts'
import { admissionOf, endOf, part, planOf } from '../fixtures.ts'
import {
  admitted,
  appended,
  claimed,
  completed,
  eventually,
  reapUntil,
  running,
  usageTaken,
} from '../steps.ts'

export const usageCases: readonly ContractCase[] = [
  {
    name: 'usage: every end leaves one record, as it was written',
    async run(harness) {
      const { records, taking } = await usageTaken(harness)
      await using _taking = taking
      const requests = []
      for (let i = 0; i < 5; i += 1) requests.push(await completed(harness, ['a']))
      await eventually(harness, 'all records come', () => records.length >= 5)
      await harness.advance(50)
      // Between generations there is no order.
      records.sort((one, other) => (one.request_id < other.request_id ? -1 : 1))
      requests.sort((one, other) => (one.id < other.id ? -1 : 1))
      const expected = requests.map((request) => endOf(request).usage)
      assert.deepEqual(records, expected)
      await eventually(harness, 'nothing is left', async () => {
        return (await harness.generations.depths()).usage === 0
      })
    },
  },
  {
    name: 'usage: record and description name one time for an end that no worker wrote',
    async run(harness) {
      const { peer } = harness
      const { records, taking } = await usageTaken(harness)
      await using _taking = taking
      const cancelled = await admitted(harness)
      await peer.cancel(cancelled.id, 'stop')
      const lost = (await running(harness)).request
      await peer.cancel(lost.id, 'stop')
      const late = await admitted(harness, 100)
      await harness.advance(150)
      await reapUntil(harness, 'all records come', () => records.length >= 3)
      const times = new Map(records.map((record) => [record.request_id, record.finished_at]))
      for (const { id } of [cancelled, lost, late])
        assert.equal((await peer.describe(id))?.finishedAt, times.get(id))
    },
  },
  {
    name: 'usage: what a call asked comes with its record, whatever the end, and comes again with it',
    async run(harness) {
      const { generations, peer, clock } = harness
      const asking = async () => {
        const admission = admissionOf(clock)
        const { id } = admission.request
        const turns = [{ role: 'user', content: `"${id}" ż\u0000` } as const]
        const asked = { session_id: id, turns }
        assert.ok((await generations.admit({ ...admission, asked })).ok)
        return admission.request
      }
      const rejected = await asking()
      await generations.reject(rejected.id, endOf(rejected, 'failed'))
      const unrouted = await asking()
      await peer.cancel(unrouted.id, 'stop')
      const waiting = await asking()
      await generations.route(waiting.id, planOf())
      await peer.cancel(waiting.id, 'stop')
      const whole = await asking()
      await generations.route(whole.id, planOf())
      const { claim } = await claimed(generations, whole.id)
      await appended(generations, claim, 'a')
      await generations.finish(claim, part('b'), endOf(whole))
      const silent = await completed(harness, [])
      const late = await asking()
      await generations.route(late.id, planOf())
      const lost = await claimed(generations, late.id)
      await appended(generations, lost.claim, 'a')
      await peer.cancel(late.id, 'stop')
      const batches: UsageRecord[] = []
      let isAway = true
      await using _taking = await generations.takeUsage(
        async (batch) => {
          if (isAway) {
            isAway = false
            throw new Error('the ledger is away')
          }
          batches.push(...batch)
        },
        { maxRecords: 100, maxWaitMs: 10 },
      )
      await reapUntil(harness, 'all records come', () => batches.length >= 6)
      const askedOf = (id: string) => batches.find((each) => each.request_id === id)?.asked
      for (const { id } of [rejected, unrouted, waiting, whole, late])
        assert.deepEqual(askedOf(id), {
          session_id: id,
          turns: [{ role: 'user', content: `"${id}" ż\u0000` }],
        })
      assert.equal(askedOf(silent.id), undefined)
      const decided = batches.find(({ request_id }) => request_id === waiting.id)?.decision
      assert.deepEqual(decided?.reason, planOf().reason)
      assert.equal(batches.find((each) => each.request_id === unrouted.id)?.decision, undefined)
    },
  },
  {
    name: 'usage: a record leaves no sooner than its terminal entry is readable',
    async run(harness) {
      const { generations, peer } = harness
      const ends: boolean[] = []
      await using _taking = await generations.takeUsage(
        async (batch) => {
          for (const { request_id } of batch) {
            const outcome = await peer.read(request_id, null, 1_000)
            ends.push(outcome.ok && outcome.entries.at(-1)?.end?.state === 'completed')
          }
        },
        { maxRecords: 1, maxWaitMs: 1 },
      )
      for (let i = 0; i < 10; i += 1) await completed(harness, ['a'])
      await eventually(harness, 'all records come', () => ends.length === 10)
      assert.deepEqual(new Set(ends), new Set([true]))
    },
  },
  {
    name: 'usage: a batch whose handler throws comes again, whole',
    async run(harness) {
      const { generations } = harness
      const batches: (readonly UsageRecord[])[] = []
      await using _taking = await generations.takeUsage(
        async (batch) => {
          batches.push(batch)
          if (batches.length === 1) throw new Error('the ledger is away')
        },
        { maxRecords: 3, maxWaitMs: 10 },
      )
      const expected = []
      for (let i = 0; i < 3; i += 1) expected.push((await completed(harness, [])).id)
      const confirmed = () => batches.slice(1).flat()
      await eventually(harness, 'all records are confirmed', () => confirmed().length >= 3)
      const ids = confirmed().map(({ request_id }) => request_id)
      assert.deepEqual([...new Set(ids)].sort(), expected.sort())
      for (const record of batches[0] ?? []) {
        const again = confirmed().find(({ request_id }) => request_id === record.request_id)
        assert.deepEqual(again, record)
      }
    },
  },
  {
    name: 'usage: batches are bounded, and a lone record does not wait for company',
    async run(harness) {
      const { generations } = harness
      const sizes: number[] = []
      for (let i = 0; i < 7; i += 1) await completed(harness, [])
      await using _taking = await generations.takeUsage(
        async (batch) => {
          sizes.push(batch.length)
        },
        { maxRecords: 3, maxWaitMs: 20 },
      )
      const taken = () => sizes.reduce((sum, size) => sum + size, 0)
      await eventually(harness, 'all records come', () => taken() === 7)
      assert.ok(sizes.every((size) => size <= 3))
      await completed(harness, [])
      await eventually(harness, 'the lone one comes', () => taken() === 8)
    },
  },
  {
    name: 'usage: disposing hands over what is there and waits for the handler',
    async run(harness) {
      const { generations } = harness
      const records: UsageRecord[] = []
      const taking = await generations.takeUsage(
        async (batch) => {
          await Promise.resolve()
          records.push(...batch)
        },
        { maxRecords: 100, maxWaitMs: 60_000 },
      )
      const { request, claim } = await running(harness)
      await generations.finish(claim, part('a'), endOf(request))
      await taking[Symbol.asyncDispose]()
      assert.deepEqual(records, [endOf(request).usage])
      assert.equal((await generations.depths()).usage, 0)
    },
  },
  {
    name: 'usage: two takers share the records',
    async run(harness) {
      const { generations, peer } = harness
      const seen: string[] = []
      const take = (process: typeof peer) =>
        process.takeUsage(
          async (batch) => {
            seen.push(...batch.map(({ request_id }) => request_id))
          },
          { maxRecords: 2, maxWaitMs: 5 },
        )
      await using _first = await take(generations)
      await using _second = await take(peer)
      for (let i = 0; i < 12; i += 1) await completed(harness, [])
      await eventually(harness, 'all records come', () => new Set(seen).size === 12)
      assert.equal(seen.length, 12)
    },
  },
]
