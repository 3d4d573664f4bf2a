import assert from 'node:assert/strict'
import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { ContractCase } from '../contract-case.ts'
import { admissionOf, endOf, part, planOf, pool } from '../fixtures.ts'
import { admitted, completed, eventually, logOf, routed, running, stateOf } from '../steps.ts'

export const admissionCases: readonly ContractCase[] = [
  {
    name: 'admit: hands the request to the router exactly as it was given',
    async run(harness) {
      const { generations, clock } = harness
      const seen: GenerationRequest[] = []
      await using _taking = await generations.takeRequests(
        async (request) => {
          seen.push(request)
          await generations.route(request.id, planOf())
        },
        { concurrency: 4 },
      )
      const admission = admissionOf(clock)
      const { id } = admission.request
      assert.deepEqual(await generations.admit(admission), { ok: true, id, attached: false })
      await eventually(harness, 'the router gets the request', () => seen.length > 0)
      assert.deepEqual(seen, [admission.request])
    },
  },
  {
    name: 'admit: the same id twice is one generation',
    async run(harness) {
      const { generations, clock } = harness
      const admission = admissionOf(clock)
      const { id } = admission.request
      const accepted = { ok: true, id, attached: false }
      assert.deepEqual(await generations.admit(admission), accepted)
      assert.deepEqual(await generations.admit(admission), accepted)
      assert.equal((await generations.depths()).requests, 1)
    },
  },
  {
    name: 'admit: refuses with 503 when the intake is full, and the refusal leaves nothing behind',
    options: { timing: { maxWaiting: 2 } },
    async run(harness) {
      const { generations, clock } = harness
      await admitted(harness)
      const second = await routed(harness)
      const counter = 'requests:1'
      const charge = { counter, metric: 'requests', max: 9, amount: 1, endsAt: null } as const
      const charges = [{ ...charge, durable: false }]
      const refusedAdmission = { ...admissionOf(clock), charges }
      const outcome = await generations.admit(refusedAdmission)
      assert.ok(!outcome.ok)
      assert.equal(outcome.error.code, 'server_is_overloaded')
      assert.equal(outcome.error.status, 503)
      assert.equal(outcome.error.retryable, true)
      assert.ok((outcome.error.retryAfterMs ?? 0) >= 1_000)

      const { id, caller } = refusedAdmission.request
      assert.deepEqual(await generations.readCounts(caller.tenantId, [counter]), [null])
      assert.equal(await generations.describe(id), null)
      assert.deepEqual(await generations.read(id, null, 1_000), { ok: false, refusal: 'unknown' })
      assert.deepEqual(await generations.route(id, planOf()), { ok: false, refusal: 'unknown' })
      assert.equal(await generations.cancel(id, 'test'), 'unknown')
      const { requests, dispatches, usage } = await generations.depths()
      assert.deepEqual(
        { requests, dispatches, usage },
        { requests: 1, dispatches: { [pool]: 1 }, usage: 0 },
      )

      // A claimed generation waits no longer.
      assert.ok((await generations.claim(second.id, () => {})).ok)
      assert.ok((await generations.admit(refusedAdmission)).ok)
    },
  },
  {
    name: 'admit: a large body reaches the worker byte for byte',
    async run(harness) {
      const { generations, clock } = harness
      const admission = admissionOf(clock)
      const { request } = admission
      const body = Buffer.alloc(300 * 1024)
      for (let i = 0; i < body.length; i += 1) body[i] = (i * 31 + (i >> 8)) % 256
      assert.ok((await generations.admit({ ...admission, body })).ok)
      await generations.route(request.id, planOf())
      const outcome = await generations.claim(request.id, () => {})
      assert.ok(outcome.ok)
      assert.ok(outcome.claim.body.equals(body))
      assert.ok((await generations.finish(outcome.claim, part('x'), endOf(request))).ok)
    },
  },
  {
    name: 'describe: tells state, worker, cursor and end at every step',
    async run(harness) {
      const { generations, peer } = harness
      const first = await admitted(harness)
      const accepted = await peer.describe(first.id)
      assert.deepEqual(accepted, {
        id: first.id,
        caller: first.caller,
        state: 'accepted',
        operation: 'chat',
        wire: 'openai-chat',
        stream: true,
        model: 'fast',
        provider: null,
        calls: [],
        acceptedAt: first.acceptedAt,
        finishedAt: null,
        lastCursor: null,
        terminal: null,
      })
      await generations.route(first.id, planOf())
      assert.equal(await stateOf(peer, first.id), 'accepted')

      const { request, claim } = await running(harness)
      assert.equal(await stateOf(peer, request.id), 'running')
      const call = { attempt: 1, provider: 'acme', model: 'acme/fast' }
      assert.deepEqual((await peer.describe(request.id))?.calls, [
        { ...call, state: 'running', errorCode: null },
      ])
      await generations.finish(claim, part('bye'), endOf(request))
      const ended = await peer.describe(request.id)
      assert.equal(ended?.state, 'completed')
      assert.deepEqual(ended.lastCursor, { epoch: claim.epoch, seq: 1 })
      assert.deepEqual(ended.terminal, endOf(request).terminal)
      assert.deepEqual(ended.calls, [{ ...call, state: 'completed', errorCode: null }])
      assert.ok((ended.finishedAt ?? 0) >= request.acceptedAt)
    },
  },
  {
    name: 'depths: count what waits, runs and is not billed yet',
    async run(harness) {
      const { generations } = harness
      await admitted(harness)
      await routed(harness)
      await running(harness)
      await completed(harness, ['a'])
      assert.deepEqual(await generations.depths(), {
        requests: 1,
        dispatches: { [pool]: 1 },
        running: 1,
        usage: 1,
      })
      await generations.ping()
    },
  },
  {
    name: 'retention: an ended log is readable for its time, then unknown',
    options: { timing: { retentionMs: 600 } },
    async run(harness) {
      const { generations, peer, timing } = harness
      const { id } = await completed(harness, ['a', 'b'], 'c')
      assert.equal((await logOf(peer, id)).length, 3)
      await harness.advance(timing.retentionMs + 100)
      assert.equal(await generations.describe(id), null)
      assert.deepEqual(await peer.read(id, null, 1_000), { ok: false, refusal: 'unknown' })
      assert.equal(await generations.cancel(id, 'late'), 'unknown')
    },
  },
]
