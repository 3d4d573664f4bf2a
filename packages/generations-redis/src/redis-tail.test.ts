import { expect, test } from '@jest/globals'
import type { Cursor } from '@sluice/contracts/generation/log-entry'
import { noUsage } from '@sluice/contracts/usage'
import { newRequestId } from '@sluice/kernel/ids'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { unavailable } from './errors.ts'
import { RedisTail } from './redis-tail.ts'
import type { ReadItem, ReadReply } from './shard-values.ts'
import type { RawEntry } from './stored-values.ts'

const epoch = 100
const at = (seq: number): Cursor => ({ epoch, seq })
const entry = (seq: number, data = String(seq), end = ''): RawEntry => ({
  epoch,
  seq,
  head: '',
  data: Buffer.from(data),
  end,
})
const terminal = JSON.stringify({
  state: 'completed',
  finishReason: 'stop',
  error: null,
  usage: noUsage,
  amountNanoUsd: 0,
})

/** A tail over a log that the test writes; `reads` are the cursors it was asked for. */
function open(options: { after?: Cursor | null; fresh?: boolean } = {}) {
  const clock = createFakeClock()
  const log: RawEntry[] = []
  const reads: (Cursor | null)[] = []
  let answer: (item: ReadItem) => Promise<ReadReply> = async ({ after, maxBytes }) => {
    const rest = log.filter(({ seq }) => seq > (after?.seq ?? 0))
    const entries: RawEntry[] = []
    let bytes = 0
    for (const next of rest) {
      bytes += next.data.length
      if (entries.length > 0 && bytes > maxBytes) break
      entries.push(next)
    }
    const more = entries.length < rest.length
    return { verdict: 'o', ended: log.at(-1)?.end === terminal, more, entries }
  }
  const { after = null, fresh = false } = options
  const tail = new RedisTail(
    newRequestId(clock.now()),
    { after, fresh },
    {
      clock,
      read: (item) => {
        reads.push(item.after)
        return answer(item)
      },
      absence: () => 'unknown',
      leaseMs: 1_000,
      isSettling: () => false,
      onClose: () => {},
    },
  )
  return {
    tail,
    clock,
    log,
    reads,
    answerWith: (next: typeof answer) => {
      answer = next
    },
    push: (...entries: RawEntry[]) => {
      for (const next of entries) tail.push(next, next.seq === 1 ? null : at(next.seq - 1))
    },
    seqs: async () => (await tail.next())?.map(({ seq }) => seq) ?? null,
  }
}

test('a fresh tail is fed by pushes alone', async () => {
  const { seqs, push, reads } = open({ fresh: true })
  const first = seqs()
  push(entry(1), entry(2))
  expect(await first).toEqual([1])
  push(entry(3, '3', terminal))
  expect(await seqs()).toEqual([2, 3])
  expect(await seqs()).toBeNull()
  expect(reads).toEqual([])
})

test('a gap between pushes is filled from the log', async () => {
  const { seqs, push, log, reads } = open({ fresh: true })
  const first = seqs()
  push(entry(1))
  expect(await first).toEqual([1])
  log.push(entry(1), entry(2), entry(3))
  const second = seqs()
  push(entry(3))
  expect(await second).toEqual([2, 3])
  expect(reads).toEqual([at(1)])
  push(entry(4))
  expect(await seqs()).toEqual([4])
})

test('a repeated push is not handed over again', async () => {
  const { seqs, push } = open({ fresh: true })
  push(entry(1), entry(1), entry(2), entry(1))
  expect(await seqs()).toEqual([1, 2])
})

test('what is pushed during a read comes once', async () => {
  const { seqs, push, log, answerWith } = open({ after: at(1) })
  const { promise, resolve } = Promise.withResolvers<ReadReply>()
  answerWith(() => promise)
  const first = seqs()
  push(entry(2), entry(3))
  log.push(entry(1), entry(2), entry(3))
  answerWith(async ({ after }) => {
    const entries = log.filter(({ seq }) => seq > (after?.seq ?? 0))
    return { verdict: 'o', ended: false, more: false, entries }
  })
  resolve({ verdict: 'o', ended: false, more: false, entries: [entry(2)] })
  expect(await first).toEqual([2])
  expect(await seqs()).toEqual([3])
})

test('a viewer that does not pull costs 16 KB, and is read the rest when it does', async () => {
  const { seqs, push, log, reads } = open({ fresh: true })
  const all = Array.from({ length: 20 }, (_, i) => entry(i + 1, 'x'.repeat(2_500)))
  all.push(entry(21, '', terminal))
  log.push(...all)
  push(...all)
  const pulls: (number[] | null)[] = []
  for (let pull = await seqs(); pull !== null; pull = await seqs()) pulls.push(pull)
  expect(pulls.flat()).toEqual(all.map(({ seq }) => seq))
  expect(pulls.every((pull) => (pull?.length ?? 0) <= 7)).toBe(true)
  expect(reads[0]).toEqual(at(6))
})

test('a silent log is looked into', async () => {
  const { tail, seqs, push, log, clock, reads } = open({ fresh: true })
  const next = seqs()
  log.push(entry(1))
  await clock.advance(2_000)
  tail.checkSilence(3_000)
  expect(reads).toEqual([])
  await clock.advance(1_000)
  tail.checkSilence(3_000)
  expect(await next).toEqual([1])
  push(entry(2))
  expect(await seqs()).toEqual([2])
})

test('a back end that is away is asked again, and after a time the pull throws', async () => {
  const { seqs, answerWith, clock, log, reads } = open()
  const away = () => Promise.reject(unavailable(undefined))
  answerWith(away)
  const next = seqs()
  const failure = next.catch((error: unknown) => error)
  // The first read fails before its retry is timed.
  await clock.advance(0)
  await clock.advance(20_000)
  expect(await failure).toMatchObject({ status: 503 })
  expect(reads.length).toBeGreaterThan(10)

  log.push(entry(1))
  answerWith(async () => ({ verdict: 'o', ended: false, more: false, entries: [...log] }))
  expect(await seqs()).toEqual([1])
})

test('closing ends a pending pull', async () => {
  const { tail, seqs } = open({ fresh: true })
  const next = seqs()
  tail[Symbol.dispose]()
  expect(await next).toBeNull()
  expect(await seqs()).toBeNull()
})
