import assert from 'node:assert/strict'
import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { Cursor, LogEntry } from '@sluice/contracts/generation/log-entry'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { RequestId } from '@sluice/contracts/ids'
import type { Claim, Generations, Revocation, Tail, Taking } from '@sluice/generations'
import type { Harness } from './contract-case.ts'
import { admissionOf, endOf, head, part, planOf } from './fixtures.ts'

/** Looks at most this often before a case gives up. */
const attempts = 200

/** Lets time pass in small steps until `look` finds something. */
export async function eventually<Found>(
  harness: Harness,
  what: string,
  look: () => Promise<Found | null | undefined | false> | Found | null | undefined | false,
): Promise<Found> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const found = await look()
    if (found !== null && found !== undefined && found !== false) return found
    await harness.advance(harness.timing.leaseMs / 12)
  }
  throw new assert.AssertionError({ message: `never happened: ${what}` })
}

/** A promise that a broken adapter may leave open. */
export async function within<Value>(
  harness: Harness,
  what: string,
  promise: Promise<Value>,
): Promise<Value> {
  let settled = false
  const note = () => {
    settled = true
  }
  promise.then(note, note)
  await Promise.race([promise.then(note, note), new Promise((resolve) => setImmediate(resolve))])
  if (!settled) await eventually(harness, what, () => settled)
  return promise
}

/** Sweeps as a reaper process does, until `look` finds something. */
export function reapUntil<Found>(
  harness: Harness,
  what: string,
  look: () => Promise<Found | null | undefined | false> | Found | null | undefined | false,
): Promise<Found> {
  return eventually(harness, what, async () => {
    await harness.generations.reap()
    return look()
  })
}

/** The state as `describe` tells it. */
export async function stateOf(generations: Generations, id: RequestId): Promise<string> {
  return (await generations.describe(id))?.state ?? 'unknown'
}

export async function admitted(
  { generations, clock }: Harness,
  deadlineInMs?: number,
): Promise<GenerationRequest> {
  const admission = admissionOf(clock, deadlineInMs)
  assert.ok((await generations.admit(admission)).ok)
  return admission.request
}

export async function routed(harness: Harness, deadlineInMs?: number): Promise<GenerationRequest> {
  const request = await admitted(harness, deadlineInMs)
  assert.equal((await harness.generations.route(request.id, planOf())).ok, true)
  return request
}

export interface Running {
  readonly request: GenerationRequest
  readonly claim: Claim
  readonly revocations: Revocation[]
}

export async function running(harness: Harness, deadlineInMs?: number): Promise<Running> {
  const request = await routed(harness, deadlineInMs)
  return { request, ...(await claimed(harness.generations, request.id)) }
}

export async function claimed(
  generations: Generations,
  id: RequestId,
): Promise<{ claim: Claim; revocations: Revocation[] }> {
  const revocations: Revocation[] = []
  const outcome = await generations.claim(id, (reason) => revocations.push(reason))
  assert.ok(outcome.ok, 'the claim is accepted')
  return { claim: outcome.claim, revocations }
}

export async function appended(
  generations: Generations,
  claim: Claim,
  ...texts: string[]
): Promise<Cursor> {
  const first = (await generations.describe(claim.id))?.lastCursor === null
  const entries = texts.map((text, i) => part(text, first && i === 0 ? head : null))
  const outcome = await generations.append(claim, entries)
  assert.ok(outcome.ok, 'the append is accepted')
  assert.ok(outcome.cursor)
  return outcome.cursor
}

/** A completed generation whose log holds `texts` and, in the terminal entry, `last`. */
export async function completed(
  harness: Harness,
  texts: readonly string[],
  last = '',
): Promise<GenerationRequest> {
  const { request, claim } = await running(harness)
  for (const text of texts) await appended(harness.generations, claim, text)
  const outcome = await harness.generations.finish(claim, part(last), endOf(request))
  assert.ok(outcome.ok, 'the finish is accepted')
  return request
}

export async function logOf(
  generations: Generations,
  id: RequestId,
  after: Cursor | null = null,
): Promise<readonly LogEntry[]> {
  const outcome = await generations.read(id, after, 1024 * 1024)
  assert.ok(outcome.ok, 'the log is readable')
  return outcome.entries
}

/** Pulls to the end, and checks that the end is one. */
export async function drained(harness: Harness, tail: Tail): Promise<LogEntry[]> {
  const entries: LogEntry[] = []
  for (;;) {
    const batch = await within(harness, 'the next entries of a tail', tail.next())
    if (batch === null) break
    assert.ok(batch.length > 0, 'a pull brings at least one entry')
    entries.push(...batch)
  }
  assert.ok(entries.at(-1)?.end, 'a tail ends with the terminal entry')
  return entries
}

export function textOf(entries: readonly LogEntry[]): string {
  return entries.map(({ data }) => data.toString()).join('')
}

export function cursorOf({ epoch, seq }: LogEntry): Cursor {
  return { epoch, seq }
}

/** Numbering without gaps inside an epoch, epochs that only grow, one terminal entry and that the last. */
export function assertLogIsWhole(entries: readonly LogEntry[]): void {
  let previous = { epoch: 0, seq: 0 }
  for (const { epoch, seq } of entries) {
    if (epoch === previous.epoch) assert.equal(seq, previous.seq + 1, 'seq has no gap')
    else {
      assert.ok(epoch > previous.epoch, 'epochs grow')
      assert.equal(seq, 1, 'every epoch begins with 1')
    }
    previous = { epoch, seq }
  }
  assert.equal(entries.filter(({ end }) => end !== null).length, 1, 'one terminal entry')
  assert.ok(entries.at(-1)?.end, 'the terminal entry is the last')
}

/** Records that come out of `takeUsage` while a case runs. */
export async function usageTaken(
  harness: Harness,
): Promise<{ records: UsageRecord[]; taking: Taking }> {
  const records: UsageRecord[] = []
  const taking = await harness.generations.takeUsage(
    async (batch) => {
      records.push(...batch)
    },
    { maxRecords: 100, maxWaitMs: 10 },
  )
  return { records, taking }
}
