import assert from 'node:assert/strict'
import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import { TenantId } from '@sluice/contracts/ids'
import type { Admission, Admitted } from '@sluice/generations'
import { inPlaceOf } from '@sluice/kernel/ids'
import type { ContractCase, Harness } from '../contract-case.ts'
import { admissionOf, endOf, part, planOf, pool } from '../fixtures.ts'
import { eventually, reapUntil } from '../steps.ts'

const noisy = TenantId.parse('noisy')
const quiet = TenantId.parse('quiet')

function of({ clock }: Harness, tenantId: TenantId, weight = 1): Admission {
  const admission = admissionOf(clock)
  const { request } = admission
  const caller = { ...request.caller, tenantId }
  return {
    ...admission,
    weight,
    request: { ...request, caller, id: inPlaceOf(request.id, tenantId) },
  }
}

async function waiting(
  harness: Harness,
  tenantId: TenantId,
  count: number,
  weight = 1,
): Promise<GenerationRequest[]> {
  const requests: GenerationRequest[] = []
  for (let i = 0; i < count; i += 1) {
    const admission = of(harness, tenantId, weight)
    assert.ok((await harness.generations.admit(admission)).ok, 'the call is admitted')
    assert.ok((await harness.generations.route(admission.request.id, planOf())).ok)
    requests.push(admission.request)
  }
  return requests
}

/** Does all that waits, one after the other, and tells in which order. */
async function served(harness: Harness, count: number): Promise<GenerationRequest[]> {
  const { generations } = harness
  const order: GenerationRequest[] = []
  await using _taking = await generations.takeDispatches(
    pool,
    async (id) => {
      const outcome = await generations.claim(id, () => {})
      if (!outcome.ok) return
      order.push(outcome.claim.request)
      await generations.finish(outcome.claim, part('x'), endOf(outcome.claim.request))
    },
    { concurrency: 1 },
  )
  await reapUntil(harness, 'all are served', () => order.length >= count)
  return order
}

function refusedBecauseFull(outcome: Admitted): void {
  assert.ok(!outcome.ok, 'the call is refused')
  const { code, status, retryable, retryAfterMs, message } = outcome.error
  assert.deepEqual([code, status, retryable], ['tenant_queue_full', 429, true])
  assert.ok((retryAfterMs ?? 0) >= 1_000)
  assert.match(message, /: \d+ calls are before this one/)
}

const tenants = (requests: readonly GenerationRequest[]) =>
  requests.map(({ caller }) => caller.tenantId)

/** Of tenants that wait at the same time. */
export const fairnessCases: readonly ContractCase[] = [
  {
    name: 'fair: who comes late waits for what is shared and one turn, not for the line of another tenant; each line keeps its order',
    options: { timing: { sharedQueue: 4 } },
    async run(harness) {
      const first = await waiting(harness, noisy, 30)
      await waiting(harness, quiet, 2)
      assert.deepEqual((await harness.peer.depths()).dispatches, { [pool]: 32 })
      assert.equal((await harness.peer.depths()).running, 0)
      const order = await served(harness, 32)
      const last = tenants(order).lastIndexOf(quiet)
      assert.ok(last <= 4 + 2 * 2, `the quiet tenant was served as number ${String(last + 1)}`)
      assert.deepEqual(
        order.filter(({ caller }) => caller.tenantId === noisy).map(({ id }) => id),
        first.map(({ id }) => id),
      )
    },
  },
  {
    name: 'fair: lines move up by the weight of their tenants',
    options: { timing: { sharedQueue: 1 } },
    async run(harness) {
      await waiting(harness, TenantId.parse('third'), 1)
      await waiting(harness, noisy, 12, 1)
      await waiting(harness, quiet, 12, 3)
      const heavy = tenants((await served(harness, 25)).slice(1, 13)).filter((id) => id === quiet)
      assert.ok(heavy.length >= 8 && heavy.length <= 10, `${String(heavy.length)} of 12`)
    },
  },
  {
    name: 'fair: what ends in its line is not served, and those behind it are',
    options: { timing: { sharedQueue: 2 } },
    async run(harness) {
      const { generations } = harness
      const requests = await waiting(harness, noisy, 8)
      // Of the shared ones and of those in the line.
      for (const index of [0, 1, 3, 7])
        assert.equal(await generations.cancel(requests[index]?.id as never, 'test'), 'cancelled')
      const late = await waiting(harness, noisy, 1)
      assert.deepEqual((await generations.depths()).dispatches, { [pool]: 5 })
      const order = await served(harness, 5)
      const expected = [2, 4, 5, 6].map((index) => requests[index]?.id)
      assert.deepEqual(
        order.map(({ id }) => id),
        [...expected, late[0]?.id],
      )
      await eventually(harness, 'nothing waits', async () => {
        return (await generations.depths()).dispatches[pool] === 0
      })
    },
  },
  {
    name: 'fair: one tenant does not fill the room: it is told 429, its place and a time, and another one is let in',
    options: { timing: { sharedQueue: 4, maxWaiting: 20 } },
    async run(harness) {
      const { generations } = harness
      await waiting(harness, noisy, 4 + 10)
      const refused = of(harness, noisy)
      refusedBecauseFull(await generations.admit(refused))
      assert.equal(await generations.describe(refused.request.id), null)
      await waiting(harness, quiet, 2)
      await served(harness, 16)
      assert.ok((await generations.admit(refused)).ok)
    },
  },
]
