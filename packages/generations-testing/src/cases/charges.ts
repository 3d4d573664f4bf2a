import assert from 'node:assert/strict'
import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import { TenantId } from '@sluice/contracts/ids'
import type { Admission, Admitted, Charge, Count, Seed } from '@sluice/generations'
import { inPlaceOf } from '@sluice/kernel/ids'
import type { ContractCase, Harness } from '../contract-case.ts'
import { admissionOf, endOf, part, planOf, pool } from '../fixtures.ts'
import { claimed, reapUntil, stateOf } from '../steps.ts'

const tenant = TenantId.parse('default')
const frozen = { renewLeases: false } as const
const minute = 60_000

/** What the bill of `endOf` says. */
const billed = { tokens: 18, cost: 5_850 }

const requests = (max: number, counter = 'requests:1'): Omit<Charge, 'endsAt'> => ({
  counter,
  metric: 'requests',
  max,
  amount: 1,
  durable: false,
})
const calls: Charge = { ...requests(3, 'calls'), metric: 'concurrency', endsAt: null }
const tokens = { ...requests(1_000, 'tokens:1'), metric: 'tokens' as const, amount: 100 }
const cost = { ...requests(50_000, 'cost:1'), metric: 'cost' as const, amount: 9_000 }

function charged(
  { clock }: Harness,
  charges: readonly Omit<Charge, 'endsAt'>[],
  deadlineInMs?: number,
): Admission {
  const endsAt = clock.now() + minute
  return {
    ...admissionOf(clock, deadlineInMs),
    charges: charges.map((charge) => ({ endsAt, ...charge })),
  }
}

function excessOf(outcome: Admitted): readonly { charge: number; level: number }[] {
  assert.ok(!outcome.ok, 'the call is refused')
  assert.equal(outcome.error.code, 'rate_limit_exceeded')
  assert.equal(outcome.error.status, 429)
  assert.ok(outcome.excess, 'and told which limit it is')
  return outcome.excess
}

async function countsOf(harness: Harness, ...charges: readonly { counter: string }[]) {
  const counts = await harness.peer.readCounts(
    tenant,
    charges.map(({ counter }) => counter),
  )
  // A counter at zero is as good as none.
  const zero: Count = { used: 0, reserved: 0 }
  return counts.map((count) => count ?? zero)
}

/** The back end may have begun a moment ago: what it lost is in the ledger a lease later. */
export async function seeded(harness: Harness, ...seeds: readonly Seed[]): Promise<void> {
  await reapUntil(harness, 'counters may be seeded', () =>
    harness.generations.seedCounts(tenant, seeds),
  )
}

async function begun(
  harness: Harness,
  charges: readonly Omit<Charge, 'endsAt'>[],
  deadlineInMs?: number,
): Promise<GenerationRequest> {
  const admission = charged(harness, charges, deadlineInMs)
  assert.ok((await harness.generations.admit(admission)).ok, 'the call is admitted')
  return admission.request
}

async function runningWith(harness: Harness, charges: readonly Omit<Charge, 'endsAt'>[]) {
  const request = await begun(harness, charges)
  await harness.generations.route(request.id, planOf())
  const { claim } = await claimed(harness.generations, request.id)
  return { request, claim }
}

/** What limits count: see `Charge`. */
export const chargeCases: readonly ContractCase[] = [
  {
    name: 'charge: of many calls at once exactly as many pass as the limit has room for',
    async run(harness) {
      const { generations, peer } = harness
      const limit = requests(20)
      const outcomes = await Promise.all(
        Array.from({ length: 60 }, (_, i) =>
          (i % 2 === 0 ? generations : peer).admit(charged(harness, [limit])),
        ),
      )
      const passed = outcomes.filter(({ ok }) => ok)
      assert.equal(passed.length, 20)
      const levels = passed.map((outcome) => (outcome.ok ? (outcome.levels?.[0] ?? 0) : 0))
      assert.deepEqual(
        levels.toSorted((one, other) => one - other),
        Array.from({ length: 20 }, (_, i) => i + 1),
        'each call is told another level',
      )
      for (const outcome of outcomes)
        if (!outcome.ok) assert.deepEqual(excessOf(outcome), [{ charge: 0, level: 20 }])
      assert.deepEqual(await countsOf(harness, limit), [{ used: 0, reserved: 20 }])
      assert.equal((await generations.depths()).requests, 20)
    },
  },
  {
    name: 'charge: all limits of a call are taken or none; the refusal names every one without room and leaves nothing behind',
    async run(harness) {
      const { generations } = harness
      const roomy = requests(100, 'roomy:1')
      const tight = requests(2, 'tight:1')
      const key = { kind: 'idempotency', key: 'k', bodyHash: 'b', retryCount: 0 } as const
      await begun(harness, [roomy, tight])
      await begun(harness, [roomy, tight, calls])
      const over = {
        ...charged(harness, [roomy, tight, tokens, { ...cost, max: 10 }]),
        attach: key,
      }
      assert.deepEqual(excessOf(await generations.admit(over)), [
        { charge: 1, level: 2 },
        { charge: 3, level: 0 },
      ])
      assert.deepEqual(await countsOf(harness, roomy, tight, tokens, cost), [
        { used: 0, reserved: 2 },
        { used: 0, reserved: 2 },
        { used: 0, reserved: 0 },
        { used: 0, reserved: 0 },
      ])
      assert.equal(await generations.describe(over.request.id), null)
      const { requests: waiting, dispatches, usage } = await generations.depths()
      assert.deepEqual([waiting, Object.keys(dispatches), usage], [2, [], 0])

      // Its key names nothing: the same call, with room, is a new one.
      const again = { ...charged(harness, [roomy]), attach: key }
      const { id } = again.request
      assert.deepEqual(await generations.admit(again), {
        ok: true,
        id,
        attached: false,
        levels: [3],
      })
    },
  },
  {
    name: 'charge: is reserved from admit to the end and then settled by the bill, once, whatever the end',
    options: frozen,
    async run(harness) {
      const { generations } = harness
      const all = [requests(100), tokens, cost, calls]
      const reserved = (count: number, used = 0, amount = 0, price = 0) => [
        { used, reserved: count },
        { used: amount, reserved: 100 * count },
        { used: price, reserved: 9_000 * count },
        { used: 0, reserved: count },
      ]
      const { request, claim } = await runningWith(harness, all)
      assert.deepEqual(await countsOf(harness, ...all), reserved(1))
      await generations.finish(claim, part('a'), endOf(request))
      await generations.finish(claim, part('a'), endOf(request))
      assert.deepEqual(await countsOf(harness, ...all), reserved(0, 1, billed.tokens, billed.cost))

      const cancelled = await begun(harness, all)
      assert.deepEqual(await countsOf(harness, ...all), reserved(1, 1, billed.tokens, billed.cost))
      await generations.cancel(cancelled.id, 'stop')
      await generations.cancel(cancelled.id, 'stop')
      const rejected = await begun(harness, all)
      const refusal = endOf(rejected, 'failed')
      const free = { ...refusal.usage, input_tokens: 0, output_tokens: 0, amount_nano_usd: 0 }
      await generations.reject(rejected.id, { ...refusal, usage: free })
      await generations.reject(rejected.id, { ...refusal, usage: free })
      assert.deepEqual(await countsOf(harness, ...all), reserved(0, 3, billed.tokens, billed.cost))

      // Ends of the reaper: deadline, a holder that died after a part, one whose claims lead to nothing.
      const late = await begun(harness, all, 100)
      const lost = await runningWith(harness, all)
      await generations.append(lost.claim, [part('a')])
      await using _poisoned = await generations.takeDispatches(
        pool,
        async (id) => {
          await generations.claim(id, () => {})
        },
        { concurrency: 4 },
      )
      const poison = await begun(harness, all)
      await generations.route(poison.id, planOf())
      assert.deepEqual(await countsOf(harness, ...all), reserved(3, 3, billed.tokens, billed.cost))
      await reapUntil(harness, 'all three have ended', async () => {
        const ids = [late.id, lost.request.id, poison.id]
        const states = await Promise.all(ids.map((id) => stateOf(generations, id)))
        return states.join() === 'expired,failed,failed'
      })
      const [count, , , concurrency] = await countsOf(harness, ...all)
      assert.deepEqual(count, { used: 6, reserved: 0 })
      assert.deepEqual(concurrency, { used: 0, reserved: 0 })
      assert.deepEqual(await harness.peer.readCounts(tenant, [calls.counter]), [null])
    },
  },
  {
    name: 'charge: a claim that was taken over is settled by whoever ends the call, and not by its former holder',
    options: frozen,
    async run(harness) {
      const { generations } = harness
      const all = [requests(100), calls]
      const first = await runningWith(harness, all)
      await reapUntil(harness, 'it is routed again', async () => {
        return (await stateOf(generations, first.request.id)) === 'accepted'
      })
      const { claim } = await claimed(generations, first.request.id)
      const end = endOf(first.request)
      assert.equal((await generations.finish(first.claim, part('a'), end)).ok, false)
      assert.deepEqual(await countsOf(harness, ...all), [
        { used: 0, reserved: 1 },
        { used: 0, reserved: 1 },
      ])
      assert.ok((await generations.finish(claim, part('b'), end)).ok)
      assert.equal((await generations.finish(first.claim, part('a'), end)).ok, false)
      assert.deepEqual(await countsOf(harness, ...all), [
        { used: 1, reserved: 0 },
        { used: 0, reserved: 0 },
      ])
    },
  },
  {
    name: 'charge: a repetition that joins a generation takes nothing, and neither does one of another request',
    async run(harness) {
      const { generations } = harness
      const limit = requests(100)
      const attach = { kind: 'idempotency', key: 'k', bodyHash: 'b', retryCount: 0 } as const
      const first = { ...charged(harness, [limit]), attach }
      const { id } = first.request
      assert.ok((await generations.admit(first)).ok)
      assert.ok((await generations.admit(first)).ok, 'the same id again')
      const joined = await generations.admit({ ...charged(harness, [limit]), attach })
      assert.deepEqual(joined, { ok: true, id, attached: true })
      const other = { ...charged(harness, [limit]), attach: { ...attach, bodyHash: 'other' } }
      assert.equal((await generations.admit(other)).ok, false)
      assert.deepEqual(await countsOf(harness, limit), [{ used: 0, reserved: 1 }])
    },
  },
  {
    name: 'charge: what a call needed less or more than it had reserved counts at its end',
    async run(harness) {
      const { generations } = harness
      const limit = { ...tokens, max: 120 }
      const { request, claim } = await runningWith(harness, [limit])
      assert.deepEqual(excessOf(await generations.admit(charged(harness, [limit]))), [
        { charge: 0, level: 100 },
      ])
      await generations.finish(claim, part('a'), endOf(request))
      const second = await runningWith(harness, [limit])
      const end = endOf(second.request)
      const dearer = { ...end.usage, output_tokens: 500 }
      await generations.finish(second.claim, part('a'), { ...end, usage: dearer })
      const level = billed.tokens + 511
      assert.deepEqual(excessOf(await generations.admit(charged(harness, [limit]))), [
        { charge: 0, level },
      ])
      // Once it is spent, what costs nothing does not pass either.
      const nothing = { ...limit, amount: 0 }
      assert.deepEqual(excessOf(await generations.admit(charged(harness, [nothing]))), [
        { charge: 0, level },
      ])
    },
  },
  {
    name: 'charge: a maximum of 0 lets nothing through',
    async run(harness) {
      const none = { ...cost, max: 0, amount: 0 }
      assert.deepEqual(excessOf(await harness.generations.admit(charged(harness, [none]))), [
        { charge: 0, level: 0 },
      ])
    },
  },
  {
    name: 'seedCounts: a durable counter that is not there is asked for, begins with the ledger, and is only ever raised',
    async run(harness) {
      const { generations } = harness
      const budget = { ...cost, durable: true }
      const attempt = charged(harness, [requests(100), budget])
      const asked = await generations.admit(attempt)
      assert.ok(!asked.ok)
      assert.deepEqual([asked.error.status, asked.unseeded], [503, [budget.counter]])
      assert.deepEqual(await countsOf(harness, requests(1)), [{ used: 0, reserved: 0 }])

      const seed = { counter: budget.counter, used: 41_000, endsAt: harness.clock.now() + minute }
      await seeded(harness, seed)
      const { request, claim } = await runningWith(harness, [requests(100), budget])
      assert.deepEqual(excessOf(await generations.admit(charged(harness, [budget]))), [
        { charge: 0, level: 50_000 },
      ])
      await seeded(harness, { ...seed, used: 12 })
      assert.deepEqual(await countsOf(harness, budget), [{ used: 41_000, reserved: 9_000 }])
      await generations.finish(claim, part('a'), endOf(request))
      assert.deepEqual(await countsOf(harness, budget), [
        { used: 41_000 + billed.cost, reserved: 0 },
      ])
      await seeded(harness, { ...seed, used: 49_000 })
      assert.deepEqual(await countsOf(harness, budget), [{ used: 49_000, reserved: 0 }])
    },
  },
  {
    name: 'charge: counters of the same name of two tenants are two',
    async run(harness) {
      const { generations, peer } = harness
      const other = TenantId.parse('other')
      const limit = requests(1)
      await begun(harness, [limit])
      const admission = charged(harness, [limit])
      const { request } = admission
      const caller = { ...request.caller, tenantId: other }
      const id = inPlaceOf(request.id, other)
      const moved = { ...admission, request: { ...request, id, caller } }
      assert.ok((await generations.admit(moved)).ok)
      assert.deepEqual(await peer.readCounts(other, [limit.counter]), [{ used: 0, reserved: 1 }])
      assert.deepEqual(await countsOf(harness, limit), [{ used: 0, reserved: 1 }])
    },
  },
  {
    name: 'charge: money is counted to the unit up to 2^53, and what is no safe integer is no charge',
    async run(harness) {
      const { generations } = harness
      const max = Number.MAX_SAFE_INTEGER - 9_000
      const budget = { ...cost, max, durable: true }
      const seed = {
        counter: budget.counter,
        used: max - 9_001,
        endsAt: harness.clock.now() + minute,
      }
      await seeded(harness, seed)
      await begun(harness, [budget])
      assert.deepEqual(await countsOf(harness, budget), [{ used: max - 9_001, reserved: 9_000 }])
      assert.deepEqual(
        excessOf(await generations.admit(charged(harness, [{ ...budget, amount: 2 }]))),
        [{ charge: 0, level: max - 1 }],
      )
      await begun(harness, [{ ...budget, amount: 1 }])
      for (const unsound of [0.5, -1, Number.NaN, Number.MAX_SAFE_INTEGER + 1, Infinity])
        await assert.rejects(generations.admit(charged(harness, [{ ...cost, amount: unsound }])))
    },
  },
]
