import assert from 'node:assert/strict'
import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { ContractCase } from '../contract-case.ts'
import { admissionOf, endOf, head, part, planOf } from '../fixtures.ts'
import { claimed, eventually, logOf, running, usageTaken } from '../steps.ts'

/** What crosses the port is a copy: a change made on one side is seen on no other. */
export const isolationCases: readonly ContractCase[] = [
  {
    name: 'copies: a request changed by whoever gave or got it stays as it was admitted',
    async run(harness) {
      const { generations, clock } = harness
      const admission = admissionOf(clock)
      const { request } = admission
      const original = copyOf(request)
      const seen: GenerationRequest[] = []
      await using _taking = await generations.takeRequests(
        async (got) => {
          seen.push(copyOf(got))
          spoilRequest(got)
          const plan = planOf()
          await generations.route(got.id, plan)
          spoilPlan(plan)
        },
        { concurrency: 1 },
      )
      await generations.admit(admission)
      spoilRequest(request)
      await eventually(harness, 'it is routed', async () => {
        return Object.values((await generations.depths()).dispatches).includes(1)
      })
      assert.deepEqual(seen, [original])

      const { claim } = await claimed(generations, original.id)
      assert.deepEqual(claim.request, original)
      assert.deepEqual(claim.plan, planOf())
      spoilRequest(claim.request)
      const summary = await generations.describe(original.id)
      assert.deepEqual(summary?.caller, original.caller)
      if (summary) summary.caller.keyName = 'spoilt'
      assert.deepEqual((await generations.describe(original.id))?.caller, original.caller)
    },
  },
  {
    name: 'copies: entries changed by writer or reader stay as they were appended',
    async run(harness) {
      const { generations } = harness
      const { request, claim } = await running(harness)
      using watching = generations.tail(request.id, { after: null, fresh: false })
      const first = copyOf(head)
      const end = endOf(request)
      const expected = copyOf(end.terminal)
      await generations.append(claim, [part('a', first)])
      first.provider = 'spoilt'
      first.adapted.push('spoilt')
      for (let pulls = 0; pulls < 2; pulls += 1) {
        const source = pulls === 0 ? await watching.next() : await logOf(generations, request.id)
        const entry = source?.[0]
        assert.deepEqual(entry?.head, head)
        entry.head.adapted.push('spoilt')
        entry.head.model = 'spoilt'
        Object.assign(entry, { seq: 99 })
      }
      await generations.finish(claim, part('b'), end)
      end.terminal.usage.output_tokens = 99
      end.terminal.state = 'failed'
      for (let reads = 0; reads < 2; reads += 1) {
        const entries = await logOf(generations, request.id)
        assert.deepEqual(entries[0]?.head, head)
        assert.equal(entries[0].seq, 1)
        const last = entries[1]?.end
        assert.deepEqual(last, expected)
        last.usage.output_tokens = 98
      }
      assert.deepEqual((await generations.describe(request.id))?.terminal, expected)
    },
  },
  {
    name: 'copies: a usage record changed by its writer or by a handler that fails comes as it was written',
    async run(harness) {
      const { generations } = harness
      const { request, claim } = await running(harness)
      const end = endOf(request)
      await generations.finish(claim, part('a'), end)
      end.usage.amount_nano_usd = 1
      let failures = 0
      const failing = await generations.takeUsage(
        async (batch) => {
          for (const record of batch) record.output_tokens = 99
          failures += 1
          throw new Error('the ledger is away')
        },
        { maxRecords: 1, maxWaitMs: 1 },
      )
      await eventually(harness, 'the handler fails', () => failures > 0)
      await failing[Symbol.asyncDispose]()
      const { records, taking } = await usageTaken(harness)
      await using _taking = taking
      await eventually(harness, 'the record comes', () => records.length > 0)
      assert.deepEqual(records[0], endOf(request).usage)
    },
  },
]

/** Not `structuredClone`: under Jest its copies have another realm's prototypes and equal nothing. */
function copyOf<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value
}

function spoilRequest(request: GenerationRequest): void {
  request.model = 'spoilt'
  request.headers['spoilt'] = 'yes'
  request.caller.keyName = 'spoilt'
  request.caller.models?.push('spoilt')
}

function spoilPlan(plan: ReturnType<typeof planOf>): void {
  plan.reason.detail = 'spoilt'
  const [first] = plan.targets
  if (first?.price) first.price.input = '9'
  plan.targets.pop()
}
