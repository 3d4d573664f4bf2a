import assert from 'node:assert/strict'
import type { KeyId, RequestId, TenantId } from '@sluice/contracts/ids'
import type { KeptResponse, Owner, ResponseStore } from '../response-store.ts'
import { assertSame, runStoreCases, type StoreCase, type StoreContract } from './store-case.ts'

const idOf = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}` as RequestId
const owner: Owner = { tenantId: 'acme' as TenantId, keyId: 'key-1' as KeyId }
const strangers: readonly Owner[] = [
  { ...owner, tenantId: 'other' as TenantId },
  { ...owner, keyId: 'key-2' as KeyId },
]

export function newResponse(n: number, changes: Partial<KeptResponse> = {}): KeptResponse {
  return {
    ...owner,
    id: idOf(n),
    previousId: null,
    background: false,
    stream: false,
    model: 'acme/fast',
    input: JSON.stringify([{ role: 'user', content: `Grüße ☂ "${String(n)}"\n` }]),
    asked: '{"store":true}',
    createdAt: 1_000 * n,
    expiresAt: 1_000_000,
    ...changes,
  }
}

export const responseStoreCases: readonly StoreCase<ResponseStore>[] = [
  {
    title: 'gives back what was kept, and its end once there is one',
    async run(store) {
      const kept = newResponse(1, { background: true, stream: true })
      await store.keep(kept)
      assertSame(await store.find(kept.id, owner, 5), { ...kept, response: null })
      await store.end(kept.id, '{"status":"completed"}')
      assertSame(await store.find(kept.id, owner, 5), {
        ...kept,
        response: '{"status":"completed"}',
      })
    },
  },
  {
    title: 'the first time that one is kept, and its first end, count',
    async run(store) {
      await store.keep(newResponse(1))
      await store.keep(newResponse(1, { model: 'other' }))
      await store.end(idOf(1), '{"n":1}')
      await store.end(idOf(1), '{"n":2}')
      await store.end(idOf(2), '{}')
      const found = await store.find(idOf(1), owner, 5)
      assertSame([found?.model, found?.response], ['acme/fast', '{"n":1}'])
      assert.equal(await store.find(idOf(2), owner, 5), null)
    },
  },
  {
    title: 'shows a response to its owner alone, and nothing after its time',
    async run(store) {
      await store.keep(newResponse(1))
      for (const stranger of strangers) {
        assert.equal(await store.find(idOf(1), stranger, 5), null)
        assert.equal(await store.chain(idOf(1), stranger, { now: 5, limit: 10 }), null)
        assert.equal(await store.remove(idOf(1), stranger), false)
      }
      assert.notEqual(await store.find(idOf(1), owner, 999_999), null)
      assert.equal(await store.find(idOf(1), owner, 1_000_000), null)
      assert.equal(await store.chain(idOf(1), owner, { now: 1_000_000, limit: 10 }), null)
    },
  },
  {
    title: 'gives a conversation whole, the oldest first, or not at all',
    async run(store) {
      await store.keep(newResponse(1))
      await store.keep(newResponse(2, { previousId: idOf(1) }))
      await store.keep(newResponse(3, { previousId: idOf(2) }))
      const ids = async (limit: number) =>
        (await store.chain(idOf(3), owner, { now: 5, limit }))?.map(({ id }) => id) ?? null
      assertSame(await ids(3), [idOf(1), idOf(2), idOf(3)])
      assert.equal(await ids(2), null)
      await store.remove(idOf(1), owner)
      assert.equal(await ids(3), null)
    },
  },
  {
    title: 'a conversation does not lead to another owner’s',
    async run(store) {
      await store.keep(newResponse(1, { keyId: 'key-2' as KeyId }))
      await store.keep(newResponse(2, { previousId: idOf(1) }))
      assert.equal(await store.chain(idOf(2), owner, { now: 5, limit: 10 }), null)
    },
  },
  {
    title:
      'M-079: gives and removes what was made with some keys of a tenant, or has some ids, and nothing else',
    async run(store) {
      const [other, foreign] = strangers
      await store.keep(newResponse(1))
      await store.keep(
        newResponse(2, { keyId: other?.keyId ?? owner.keyId, tenantId: owner.tenantId }),
      )
      await store.keep(newResponse(3, { tenantId: foreign?.tenantId ?? owner.tenantId }))
      await store.keep(newResponse(4, { tenantId: 'other' as TenantId }))
      await store.keep(newResponse(5, { keyId: 'key-5' as KeyId }))
      const page = { after: idOf(0), limit: 10 }
      const own = await store.ofKeys(owner.tenantId, [owner.keyId], page)
      assertSame(own.map(({ id }) => id).includes(idOf(4)), false)
      assertSame(own.map(({ id }) => id).includes(idOf(1)), true)
      const some = { keyIds: [owner.keyId], ids: [idOf(5), idOf(4)] }
      const count = own.length + 1
      assert.equal(await store.erase(owner.tenantId, some), count)
      assert.equal(await store.erase(owner.tenantId, some), 0)
      assertSame(await store.ofKeys(owner.tenantId, [owner.keyId], page), [])
      assertSame((await store.ofKeys('other' as TenantId, [owner.keyId], page)).length, 1)
    },
  },
  {
    title: 'names those without an end, page by page',
    async run(store) {
      for (const n of [3, 1, 2, 4, 9]) await store.keep(newResponse(n))
      await store.end(idOf(2), '{}')
      const open = async (after: string, limit: number) =>
        (await store.open(5_000, after, limit)).map(({ id }) => id)
      assertSame(await open(idOf(0), 2), [idOf(1), idOf(3)])
      assertSame(await open(idOf(3), 2), [idOf(4)])
    },
  },
  {
    title: 'removes what its owner no longer wants, and what is over',
    async run(store) {
      for (const n of [1, 2, 3]) await store.keep(newResponse(n, { expiresAt: 100 * n }))
      assert.equal(await store.remove(idOf(3), owner), true)
      assert.equal(await store.remove(idOf(3), owner), false)
      assert.equal(await store.trim(99, 10), 0)
      assert.equal(await store.trim(250, 1), 1)
      assert.equal(await store.trim(250, 10), 1)
      assert.equal(await store.trim(250, 10), 0)
    },
  },
]

/** Registers every case of the port as a test of one adapter. */
export function responseStoreContract(contract: StoreContract<ResponseStore>): void {
  runStoreCases('ResponseStore', responseStoreCases, contract)
}
