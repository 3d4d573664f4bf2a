import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { RequestId } from '@sluice/contracts/ids'
import type { Attach, Admission, Claim, Generations } from '@sluice/generations'
import type { ContractCase, Harness } from '../contract-case.ts'
import { admissionOf, endOf, part, planOf } from '../fixtures.ts'
import { appended, claimed, drained, stateOf, textOf } from '../steps.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

function retry(retryCount: number, body = 'body'): Attach {
  return { kind: 'retry', key: sha256(`retry ${body}`), bodyHash: sha256(body), retryCount }
}

function idempotent(key: string, body = 'body'): Attach {
  return { kind: 'idempotency', key: sha256(`key ${key}`), bodyHash: sha256(body), retryCount: 0 }
}

function attaching(harness: Harness, attach: Attach): Admission {
  return { ...admissionOf(harness.clock), attach }
}

/** The generation that a call got, which must be its own. */
async function begun(harness: Harness, attach: Attach): Promise<RequestId> {
  const admission = attaching(harness, attach)
  const { id } = admission.request
  assert.deepEqual(await harness.generations.admit(admission), { ok: true, id, attached: false })
  return id
}

async function assertJoins(harness: Harness, attach: Attach, id: RequestId): Promise<void> {
  const admission = attaching(harness, attach)
  assert.deepEqual(await harness.peer.admit(admission), { ok: true, id, attached: true })
  assert.equal(await harness.peer.describe(admission.request.id), null, 'nothing was created')
}

type Ending = 'completed' | 'retryable' | 'final' | 'after a part' | 'cancelled'

async function ended(generations: Generations, id: RequestId, how: Ending): Promise<void> {
  await generations.route(id, planOf())
  const { claim } = await claimed(generations, id)
  if (how === 'after a part') await appended(generations, claim, 'a')
  await finished(generations, claim, how)
}

async function finished(generations: Generations, claim: Claim, how: Ending): Promise<void> {
  const state = how === 'completed' || how === 'cancelled' ? how : 'failed'
  const end = endOf(claim.request, state)
  if (end.terminal.error !== null) end.terminal.error.retryable = how !== 'final'
  assert.ok((await generations.finish(claim, part(how === 'completed' ? 'x' : ''), end)).ok)
}

/** Idempotency keys and the retries of SDKs. */
export const attachCases: readonly ContractCase[] = [
  {
    name: 'attach: 50 calls at once with one idempotency key are one generation, and all see its answer',
    async run(harness) {
      const { generations, peer } = harness
      const admissions = Array.from({ length: 50 }, () => attaching(harness, idempotent('one')))
      const outcomes = await Promise.all(
        admissions.map((admission, i) => (i % 2 === 0 ? generations : peer).admit(admission)),
      )
      const ids = new Set(outcomes.map((outcome) => outcome.ok && outcome.id))
      assert.equal(ids.size, 1)
      assert.equal(outcomes.filter((outcome) => outcome.ok && !outcome.attached).length, 1)
      assert.equal((await generations.depths()).requests, 1)
      const [id] = [...ids] as RequestId[]
      assert.ok(id)
      using tail = peer.tail(id, { after: null, fresh: false })
      const seen = drained(harness, tail)
      await ended(generations, id, 'completed')
      assert.equal(textOf(await seen), 'x')
    },
  },
  {
    name: 'attach: an idempotency key names its generation while it runs and after every end that is its result',
    async run(harness) {
      const endings = ['completed', 'final', 'after a part', 'cancelled'] as const
      for (const ending of endings) {
        const attach = idempotent(ending)
        const id = await begun(harness, attach)
        await assertJoins(harness, attach, id)
        await ended(harness.generations, id, ending)
        await assertJoins(harness, attach, id)
        await harness.generations.delivered(id)
        await assertJoins(harness, attach, id)
      }
    },
  },
  {
    name: 'attach: an idempotency key with another body is refused with 422, not to be retried, and leaves nothing behind',
    async run(harness) {
      const { generations, peer } = harness
      const id = await begun(harness, idempotent('one'))
      for (const ending of [null, 'retryable'] as const) {
        if (ending !== null) await ended(generations, id, ending)
        const admission = attaching(harness, idempotent('one', 'another body'))
        const outcome = await peer.admit(admission)
        assert.ok(!outcome.ok)
        assert.equal(outcome.error.code, 'idempotency_mismatch')
        assert.equal(outcome.error.status, 422)
        assert.equal(outcome.error.retryable, false)
        assert.equal(await peer.describe(admission.request.id), null)
      }
      await begun(harness, idempotent('two', 'another body'))
    },
  },
  {
    name: 'attach: an idempotency key is forgotten after its time',
    options: { timing: { idempotencyMs: 300 } },
    async run(harness) {
      const id = await begun(harness, idempotent('one'))
      await assertJoins(harness, idempotent('one'), id)
      await harness.advance(400)
      await begun(harness, idempotent('one', 'another body'))
    },
  },
  {
    name: 'attach: what failed retryably with nothing published is replaced, for both kinds',
    async run(harness) {
      const { generations } = harness
      for (const [first, second, third] of [
        [idempotent('one'), idempotent('one'), idempotent('one')],
        [retry(0), retry(1), retry(2)],
      ] as const) {
        const failed = await begun(harness, first)
        await ended(generations, failed, 'retryable')
        const id = await begun(harness, second)
        assert.notEqual(id, failed)
        await assertJoins(harness, third, id)
      }
    },
  },
  {
    name: 'attach: what is ended because nobody reads it any more is replaced, at once and for good; what its caller cancelled is not',
    async run(harness) {
      const { generations, peer } = harness
      for (const start of ['accepted', 'routed', 'running'] as const) {
        const left = idempotent(`left ${start}`)
        const id = await begun(harness, left)
        if (start !== 'accepted') await generations.route(id, planOf())
        const held = start === 'running' ? await claimed(generations, id) : null
        if (held !== null) await appended(generations, held.claim, 'a')
        await peer.leave(id, 0)
        const next = await begun(harness, left)
        if (held !== null) await finished(generations, held.claim, 'cancelled')
        assert.equal(await stateOf(generations, id), 'cancelled')
        await assertJoins(harness, left, next)

        const stopped = idempotent(`stopped ${start}`)
        const other = await begun(harness, stopped)
        if (start !== 'accepted') await generations.route(other, planOf())
        const holder = start === 'running' ? await claimed(generations, other) : null
        await peer.cancel(other, 'stop')
        await assertJoins(harness, stopped, other)
        if (holder !== null) await finished(generations, holder.claim, 'cancelled')
        await assertJoins(harness, stopped, other)
      }
    },
  },
  {
    name: 'attach: what nobody read any more is replaced after its end, unless it became complete after all',
    async run(harness) {
      const { generations, peer } = harness
      for (const ending of ['cancelled', 'completed'] as const) {
        const attach = idempotent(ending)
        const id = await begun(harness, attach)
        await generations.route(id, planOf())
        const { claim } = await claimed(generations, id)
        await appended(generations, claim, 'a')
        await peer.leave(id, 0)
        await finished(generations, claim, ending)
        if (ending === 'completed') await assertJoins(harness, attach, id)
        else assert.notEqual(await begun(harness, attach), id)
      }
    },
  },
  {
    name: 'attach: a retry joins its original while that runs and when it is complete, until it was delivered',
    async run(harness) {
      const { generations, peer } = harness
      const id = await begun(harness, retry(0))
      await assertJoins(harness, retry(1), id)
      await ended(generations, id, 'completed')
      await assertJoins(harness, retry(2), id)
      await peer.delivered(id)
      await begun(harness, retry(3))
    },
  },
  {
    name: 'attach: each original is joined by one retry of a count, and two originals never join each other',
    async run(harness) {
      const { generations } = harness
      const first = await begun(harness, retry(0))
      const second = await begun(harness, retry(0))
      await assertJoins(harness, retry(1), first)
      await assertJoins(harness, retry(1), second)
      const third = await begun(harness, retry(1))
      assert.equal((await generations.depths()).requests, 3)
      // The one that a retry began has no original yet: a late one is it.
      await assertJoins(harness, retry(0), third)
      await begun(harness, retry(0))
    },
  },
  {
    name: 'attach: an original that its retry overtook joins what the retry began',
    async run(harness) {
      const id = await begun(harness, retry(1))
      await assertJoins(harness, retry(0), id)
      await begun(harness, retry(0))
    },
  },
  {
    name: 'attach: a retry of what failed for good, failed after a part or was cancelled is a new call',
    async run(harness) {
      for (const ending of ['final', 'after a part', 'cancelled'] as const) {
        const id = await begun(harness, retry(0, ending))
        await ended(harness.generations, id, ending)
        await begun(harness, retry(1, ending))
      }
      const { generations, peer } = harness
      const id = await begun(harness, retry(0, 'cancelling'))
      await generations.route(id, planOf())
      await claimed(generations, id)
      assert.equal(await peer.cancel(id, 'stop'), 'requested')
      await begun(harness, retry(1, 'cancelling'))
      assert.equal(await stateOf(generations, id), 'running')
    },
  },
  {
    name: 'attach: a retry finds its original for its time only, and never one of another key',
    options: { timing: { retryWindowMs: 300 } },
    async run(harness) {
      const id = await begun(harness, retry(0))
      await begun(harness, retry(1, 'another body'))
      await begun(harness, { ...idempotent('one'), key: sha256('else') })
      await assertJoins(harness, retry(1), id)
      await harness.advance(400)
      await begun(harness, retry(2))
    },
  },
  {
    name: 'attach: a full intake refuses what is new, not what joins, and the refusal leaves no key behind',
    options: { timing: { maxWaiting: 1 } },
    async run(harness) {
      const { generations, peer } = harness
      const id = await begun(harness, retry(0))
      await assertJoins(harness, retry(1), id)
      const refused = attaching(harness, idempotent('one'))
      assert.equal((await peer.admit(refused)).ok, false)
      await ended(generations, id, 'completed')
      await begun(harness, idempotent('one', 'another body'))
    },
  },
  {
    name: 'attach: the same admission twice is not an attachment',
    async run(harness) {
      const { generations, peer } = harness
      const admission = attaching(harness, retry(0))
      const { id } = admission.request
      for (const process of [generations, peer])
        assert.deepEqual(await process.admit(admission), { ok: true, id, attached: false })
      await assertJoins(harness, retry(1), id)
      await begun(harness, retry(1))
    },
  },
]
