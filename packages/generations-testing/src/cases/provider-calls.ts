import assert from 'node:assert/strict'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { ContractCase, Harness } from '../contract-case.ts'
import { admissionOf, endOf, head, part } from '../fixtures.ts'
import {
  claimed,
  completed,
  eventually,
  reapUntil,
  running,
  stateOf,
  usageTaken,
} from '../steps.ts'

const frozen = { renewLeases: false } as const
const other = { provider: 'other', model: 'other/slow' }

const rowsOf = (record: UsageRecord | undefined) =>
  record?.calls.map(({ attempt, provider, state }) => ({ attempt, provider, state }))

async function theRecord(harness: Harness, records: readonly UsageRecord[]): Promise<UsageRecord> {
  await eventually(harness, 'the usage record comes', () => records.length > 0)
  return records[0] as UsageRecord
}

/** What is known of provider calls whoever dies. */
export const providerCallCases: readonly ContractCase[] = [
  {
    name: 'nextAttempt: every call that is about to be made is known, by its holder only',
    async run(harness) {
      const { generations, peer } = harness
      const { request, claim } = await running(harness)
      assert.ok((await generations.nextAttempt(claim, other)).ok)
      assert.deepEqual((await peer.describe(request.id))?.calls, [
        { attempt: 1, provider: 'acme', model: 'acme/fast', state: 'running', errorCode: null },
        { attempt: 2, ...other, state: 'running', errorCode: null },
      ])
      const stranger = { ...claim, epoch: claim.epoch - 1 }
      const fenced = { ok: false, refusal: 'fenced' } as const
      assert.deepEqual(await generations.nextAttempt(stranger, other), fenced)
      assert.ok((await generations.finish(claim, part('a'), endOf(request))).ok)
      const late = await generations.nextAttempt(claim, other)
      assert.deepEqual(late, { ok: false, refusal: 'state' })
      const unknown = { ...claim, id: admissionOf(harness.clock).request.id }
      assert.deepEqual(await generations.nextAttempt(unknown, other), {
        ok: false,
        refusal: 'unknown',
      })
    },
  },
  {
    name: 'calls: those of a holder that died with nothing published are unconfirmed in the bill of the next one',
    options: frozen,
    async run(harness) {
      const { generations } = harness
      const { records, taking } = await usageTaken(harness)
      await using _taking = taking
      const { request, claim } = await running(harness)
      await generations.nextAttempt(claim, other)
      await reapUntil(harness, 'it is routed again', async () => {
        return (await stateOf(generations, request.id)) === 'accepted'
      })
      const next = await claimed(generations, request.id)
      assert.equal(next.claim.attempt, 3)
      const end = endOf(request)
      const calls = end.usage.calls.map((call) => ({ ...call, attempt: 3 }))
      const outcome = await generations.finish(next.claim, part('a'), {
        ...end,
        usage: { ...end.usage, calls },
      })
      assert.ok(outcome.ok)
      const record = await theRecord(harness, records)
      assert.deepEqual(rowsOf(record), [
        { attempt: 1, provider: 'acme', state: 'unconfirmed' },
        { attempt: 2, provider: 'other', state: 'unconfirmed' },
        { attempt: 3, provider: 'acme', state: 'completed' },
      ])
      assert.ok(record.calls.slice(0, 2).every((call) => call.cost_nano_usd === 0))
      assert.deepEqual(
        (await generations.describe(request.id))?.calls.map(({ state }) => state),
        ['unconfirmed', 'unconfirmed', 'completed'],
      )
    },
  },
  {
    name: 'calls: a holder that died after a part is billed on what was published, at the price of the plan',
    options: frozen,
    async run(harness) {
      const { generations } = harness
      const { records, taking } = await usageTaken(harness)
      await using _taking = taking
      const { request, claim } = await running(harness)
      await generations.nextAttempt(claim, other)
      const text = 'x'.repeat(400)
      const chunk = JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content: text } }] })
      const first = { ...part(chunk, head), head: { ...head, attempt: 1 } }
      assert.ok((await generations.append(claim, [first, part(`${chunk}\n${chunk}`)])).ok)
      await reapUntil(harness, 'it fails', async () => {
        return (await stateOf(generations, request.id)) === 'failed'
      })
      const record = await theRecord(harness, records)
      assert.equal(record.estimated, true)
      assert.equal(record.output_tokens, 300)
      assert.equal(record.input_tokens, Math.ceil(claim.body.length / 4))
      // 0.15 and 0.60 USD per million tokens are 150 and 600 nano-USD per token.
      const amount = record.input_tokens * 150 + 300 * 600
      assert.equal(record.amount_nano_usd, amount)
      const terminal = (await generations.describe(request.id))?.terminal
      assert.equal(terminal?.amountNanoUsd, amount)
      const [answering, second] = record.calls
      assert.deepEqual(rowsOf(record), [
        { attempt: 1, provider: 'acme', state: 'failed' },
        { attempt: 2, provider: 'other', state: 'unconfirmed' },
      ])
      assert.equal(answering?.cost_nano_usd, amount)
      assert.equal(answering.output_tokens, 300)
      assert.equal(answering.error_code, 'upstream_lost')
      assert.equal(second?.cost_nano_usd, 0)
    },
  },
  {
    name: 'expired: a cursor into a log that is gone is told from an id that nobody knows',
    options: { timing: { retentionMs: 300 } },
    async run(harness) {
      const { peer, clock } = harness
      const { id } = await completed(harness, ['a'], 'b')
      const cursor = { epoch: clock.now(), seq: 1 }
      await harness.advance(500)
      const refused = (refusal: string) => ({ ok: false, refusal })
      assert.deepEqual(await peer.read(id, cursor, 1_000), refused('expired'))
      assert.deepEqual(await peer.read(id, null, 1_000), refused('unknown'))
      const stranger = admissionOf(clock).request.id
      assert.deepEqual(await peer.read(stranger, cursor, 1_000), refused('unknown'))
      using tail = peer.tail(id, { after: cursor, fresh: false })
      await assert.rejects(tail.next(), { code: 'cursor_expired' })
      using unknown = peer.tail(stranger, { after: cursor, fresh: false })
      await assert.rejects(unknown.next(), { code: 'generation_not_found' })
    },
  },
]
