import assert from 'node:assert/strict'
import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import { GatewayError } from '@sluice/kernel/errors'
import type { ContractCase } from '../contract-case.ts'
import { admissionOf, endOf, head, part, planOf, pool, requestOf } from '../fixtures.ts'
import {
  appended,
  assertLogIsWhole,
  completed,
  cursorOf,
  drained,
  logOf,
  running,
  textOf,
  within,
} from '../steps.ts'

const rejectedWith = (code: string) => (error: unknown) =>
  GatewayError.is(error) && error.code === code

/** Reading and following logs. */
export const logCases: readonly ContractCase[] = [
  {
    name: 'replay: from every cursor exactly the rest comes, by read and by tail',
    async run(harness) {
      const { generations, peer } = harness
      const request = await completed(harness, ['a', 'b', 'c', 'd', 'e'], 'f')
      const all = await logOf(generations, request.id)
      assertLogIsWhole(all)
      assert.equal(textOf(all), 'abcdef')
      assert.deepEqual(all[0]?.head, head)
      const epoch = all[0]?.epoch ?? 0
      const cursors = [null, { epoch, seq: 0 }, ...all.map(cursorOf)]
      for (const after of cursors) {
        const expected = all.slice(after?.seq ?? 0)
        assert.deepEqual(await logOf(peer, request.id, after), expected)
        if (expected.length === 0) continue
        using tail = peer.tail(request.id, { after, fresh: false })
        assert.deepEqual(await drained(harness, tail), expected)
      }
    },
  },
  {
    name: 'replay: a tail at the end of an ended log says end, not silence',
    async run(harness) {
      const request = await completed(harness, ['a'], 'b')
      const last = (await logOf(harness.peer, request.id)).at(-1) as LogEntry
      using tail = harness.peer.tail(request.id, { after: cursorOf(last), fresh: false })
      assert.equal(await within(harness, 'the end', tail.next()), null)
    },
  },
  {
    name: 'read: is bounded by bytes, gives at least one entry, and goes on from there',
    async run(harness) {
      const texts = ['x'.repeat(100), 'y'.repeat(100), 'z'.repeat(500)]
      const { id } = await completed(harness, texts)
      const read = async (after: LogEntry | null, maxBytes: number) => {
        const cursor = after === null ? null : cursorOf(after)
        const outcome = await harness.generations.read(id, cursor, maxBytes)
        assert.ok(outcome.ok)
        return outcome.entries
      }
      const first = await read(null, 250)
      assert.equal(textOf(first), texts.slice(0, 2).join(''))
      const second = await read(first[1] as LogEntry, 250)
      assert.equal(textOf(second), texts[2])
      const third = await read(second[0] as LogEntry, 0)
      assert.ok(third[0]?.end)
    },
  },
  {
    name: 'log_reset: a cursor beyond the log or of an epoch it never had is refused, never answered with data',
    async run(harness) {
      const { generations } = harness
      const { request, claim } = await running(harness)
      const { seq, epoch } = await appended(generations, claim, 'a', 'b')
      const strangers = [
        { epoch, seq: seq + 1 },
        { epoch: epoch - 1, seq: 1 },
        { epoch: epoch + 1, seq: 1 },
        { epoch: epoch + 1, seq: 0 },
        { epoch: epoch - 1, seq: 0 },
      ]
      for (const after of strangers) {
        const outcome = await generations.read(request.id, after, 1_000)
        assert.deepEqual(outcome, { ok: false, refusal: 'log_reset' })
        using tail = generations.tail(request.id, { after, fresh: false })
        await assert.rejects(within(harness, 'the refusal', tail.next()), rejectedWith('log_reset'))
      }
    },
  },
  {
    name: 'tail: of an unknown id throws',
    async run(harness) {
      const { id } = requestOf(harness.clock)
      using tail = harness.generations.tail(id, { after: null, fresh: false })
      const next = within(harness, 'the refusal', tail.next())
      await assert.rejects(next, rejectedWith('generation_not_found'))
    },
  },
  {
    name: 'tail: opened before admit, gets everything live and equals read',
    async run(harness) {
      const { generations, peer, clock } = harness
      const admission = admissionOf(clock)
      const { request } = admission
      using tail = generations.tail(request.id, { after: null, fresh: true })
      const collected = drained(harness, tail)
      await generations.admit(admission)
      await generations.route(request.id, planOf())
      const outcome = await peer.claim(request.id, () => {})
      assert.ok(outcome.ok)
      for (const text of 'abcdefgh') {
        await peer.append(outcome.claim, [part(text), part('-')])
        await harness.advance(1)
      }
      await peer.finish(outcome.claim, part('!'), endOf(request))
      const entries = await collected
      assertLogIsWhole(entries)
      assert.equal(textOf(entries), 'a-b-c-d-e-f-g-h-!')
      assert.deepEqual(entries, await logOf(generations, request.id))
    },
  },
  {
    name: 'tail: an entry reaches a waiting viewer of another process at once',
    async run(harness) {
      const { generations, peer } = harness
      const { request, claim } = await running(harness)
      const cursor = await appended(generations, claim, 'a')
      using tail = peer.tail(request.id, { after: cursor, fresh: false })
      for (const text of ['b', 'c', 'd']) {
        const next = tail.next()
        await harness.advance(40)
        await appended(generations, claim, text)
        assert.equal(textOf((await within(harness, 'the entry', next)) ?? []), text)
      }
    },
  },
  {
    name: 'tail: two viewers at different cursors and one that comes late all see the same log',
    async run(harness) {
      const { generations, peer } = harness
      const { request, claim } = await running(harness)
      const second = await appended(generations, claim, 'a', 'b')
      using whole = peer.tail(request.id, { after: null, fresh: false })
      using rest = generations.tail(request.id, { after: second, fresh: false })
      const views = [drained(harness, whole), drained(harness, rest)]
      await harness.advance(20)
      await appended(generations, claim, 'c')
      await harness.advance(20)
      using late = peer.tail(request.id, { after: null, fresh: false })
      views.push(drained(harness, late))
      await appended(generations, claim, 'd')
      await generations.finish(claim, part('e'), endOf(request))
      const all = await logOf(generations, request.id)
      const [fromStart, fromSecond, fromLate] = await Promise.all(views)
      assert.deepEqual(fromStart, all)
      assert.deepEqual(fromSecond, all.slice(2))
      assert.deepEqual(fromLate, all)
    },
  },
  {
    name: 'tail: a viewer that does not pull gets bounded pulls later, and misses nothing',
    async run(harness) {
      const { generations, clock } = harness
      const admission = admissionOf(clock)
      const { request } = admission
      using tail = generations.tail(request.id, { after: null, fresh: true })
      await generations.admit(admission)
      await generations.route(request.id, planOf())
      const outcome = await generations.claim(request.id, () => {})
      assert.ok(outcome.ok)
      const { claim } = outcome
      for (let i = 0; i < 40; i += 1)
        await generations.append(claim, [part(String(i).padStart(3_000, '.'))])
      await generations.finish(claim, part('end'), endOf(request))
      const entries: LogEntry[] = []
      for (;;) {
        const batch = await within(harness, 'the next entries', tail.next())
        if (batch === null) break
        const bytes = batch.reduce((sum, { data }) => sum + data.length, 0)
        assert.ok(bytes <= 16 * 1024, 'a pull is at most 16 KB')
        entries.push(...batch)
      }
      assert.deepEqual(entries, await logOf(generations, request.id))
      assert.equal(entries.length, 41)
    },
  },
  {
    name: 'tail: closing it ends a pending pull with null',
    async run(harness) {
      const { request } = await running(harness)
      const tail = harness.generations.tail(request.id, { after: null, fresh: false })
      const next = tail.next()
      await harness.advance(20)
      tail[Symbol.dispose]()
      assert.equal(await within(harness, 'the pull ends', next), null)
      assert.equal(await tail.next(), null)
    },
  },
  {
    name: 'many: 100 generations at once, over two processes, each log exact',
    async run(harness) {
      const { generations, peer, clock } = harness
      for (const process of [generations, peer])
        await process.takeRequests(
          async ({ id }) => {
            await process.route(id, planOf())
          },
          { concurrency: 8 },
        )
      for (const process of [generations, peer])
        await process.takeDispatches(
          pool,
          async (id) => {
            const outcome = await process.claim(id, () => {})
            if (!outcome.ok) return
            const { claim } = outcome
            for (let i = 0; i < 5; i += 1)
              await process.append(claim, [part(`${id} ${String(i)}\n`)])
            await process.finish(claim, part(`${id} end`), endOf(claim.request))
          },
          { concurrency: 50 },
        )
      const views = Array.from({ length: 100 }, async (_, i) => {
        const admission = admissionOf(clock)
        const { id } = admission.request
        const process = i % 2 === 0 ? generations : peer
        using tail = process.tail(id, { after: null, fresh: true })
        assert.ok((await process.admit(admission)).ok)
        const entries = await drained(harness, tail)
        assertLogIsWhole(entries)
        const expected = [0, 1, 2, 3, 4].map((n) => `${id} ${String(n)}\n`).join('')
        assert.equal(textOf(entries), `${expected}${id} end`)
      })
      await Promise.all(views)
      const idle = { requests: 0, dispatches: { [pool]: 0 }, running: 0, usage: 100 }
      assert.deepEqual(await generations.depths(), idle)
    },
  },
]
