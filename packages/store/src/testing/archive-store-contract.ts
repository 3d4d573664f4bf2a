import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { RequestId } from '@sluice/contracts/ids'
import type { ArchiveStore } from '../archive-store.ts'
import type { UsageStore } from '../usage-store.ts'
import { assertSame, runStoreCases, type StoreCase, type StoreContract } from './store-case.ts'
import { newUsageRecord, billsOn } from './usage-store-contract.ts'

/** What a case works with: the archive, and the ledger beside it. */
export interface ArchiveStoreUnderTest {
  readonly archive: ArchiveStore
  readonly usage: UsageStore
}

const idOf = (n: number): RequestId => newUsageRecord(n).request_id
const everything = { before: 0, maxBytes: Number.MAX_SAFE_INTEGER }
const stored = (n: number, bytes = 4) => ({ id: idOf(n), content: Buffer.alloc(bytes, n) })

export const archiveStoreCases: readonly StoreCase<ArchiveStoreUnderTest>[] = [
  {
    title: 'gives back the bytes it was given, whatever they are',
    async run({ archive }) {
      const content = Buffer.from([0, 1, 127, 128, 255, 10, 92])
      const empty = { id: idOf(3), content: Buffer.alloc(0) }
      await archive.put(1_000, [{ id: idOf(1), content }, empty, stored(2, 300_000)])
      assertSame([...((await archive.get(idOf(1), 0)) ?? [])], [...content])
      assert.equal((await archive.get(idOf(2), 0))?.length, 300_000)
      assert.equal((await archive.get(idOf(3), 0))?.length, 0)
      assert.equal(await archive.get(idOf(4), 0), null)
    },
  },
  {
    title: 'shows all that was stored in a period, once, and nothing else',
    async run({ archive }) {
      await archive.put(1_000, [stored(1), stored(2)])
      await archive.put(1_999, [stored(3)])
      await archive.put(2_000, [stored(4)])
      await archive.put(999, [stored(5)])
      const seen: [RequestId, number[]][] = []
      await archive.visit({ from: 1_000, to: 2_000 }, async (generations) => {
        for (const { id, content } of generations) seen.push([id, [...content]])
      })
      const byId = seen.toSorted(([a], [b]) => (a < b ? -1 : 1))
      assertSame(
        byId,
        [1, 2, 3].map((n) => [idOf(n), [n, n, n, n]]),
      )
    },
  },
  {
    title: 'keeps what it has when the same generation comes again',
    async run({ archive }) {
      await archive.put(1_000, [stored(1)])
      await archive.put(9_000, [{ ...stored(1), content: Buffer.from('other') }, stored(2)])
      assertSame([...((await archive.get(idOf(1), 0)) ?? [])], [1, 1, 1, 1])
      assert.equal((await archive.get(idOf(2), 0))?.length, 4)
    },
  },
  {
    title: 'shows nothing that is over, removed or not',
    async run({ archive }) {
      await archive.put(1_000, [stored(1)])
      await archive.put(2_000, [stored(2)])
      assert.equal(await archive.get(idOf(1), 1_001), null)
      assert.notEqual(await archive.get(idOf(1), 1_000), null)
      await archive.trim({ ...everything, before: 2_000 })
      assert.equal(await archive.get(idOf(1), 0), null)
      assert.notEqual(await archive.get(idOf(2), 0), null)
    },
  },
  {
    title: 'removes the oldest first when it holds too much',
    async run({ archive }) {
      // Random bytes: compressed or not, they take about what they are.
      const large = (n: number) => ({ ...stored(n), content: randomBytes(10_000) })
      await archive.put(3_000, [large(3)])
      await archive.put(1_000, [large(1)])
      await archive.put(2_000, [large(2)])
      await archive.trim({ before: 0, maxBytes: 31_000 })
      assert.notEqual(await archive.get(idOf(1), 0), null)
      await archive.trim({ before: 0, maxBytes: 19_000 })
      assert.equal(await archive.get(idOf(1), 0), null)
      assert.equal(await archive.get(idOf(2), 0), null)
      assert.notEqual(await archive.get(idOf(3), 0), null)
    },
  },
  {
    title: 'names the requests of the ledger that it does not keep, in order and page by page',
    async run({ archive, usage }) {
      const records = [4, 1, 3, 2].map((n) => newUsageRecord(n))
      await usage.record(records, billsOn('gateway_usage'))
      await archive.put(1_000, [stored(2), stored(9)])
      assertSame(await archive.missing(idOf(0), 2), [idOf(1), idOf(3)])
      assertSame(await archive.missing(idOf(3), 2), [idOf(4)])
      assertSame(await archive.missing(idOf(4), 2), [])
    },
  },
  {
    title: 'does nothing when there is nothing to keep or to remove',
    async run({ archive }) {
      await archive.put(1_000, [])
      await archive.trim({ before: 1, maxBytes: 0 })
      assert.equal(await archive.get(idOf(1), 0), null)
    },
  },
]

/** Registers every case of the port as a test of one adapter. */
export function archiveStoreContract(contract: StoreContract<ArchiveStoreUnderTest>): void {
  runStoreCases('ArchiveStore', archiveStoreCases, contract)
}
