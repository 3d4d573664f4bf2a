import assert from 'node:assert/strict'
import type { StoredModel, StoredProvider } from '@sluice/contracts/rows/stored-rows'
import type { ProviderStore, RowChange } from '../provider-store.ts'
import { assertSame, runStoreCases, type StoreCase, type StoreContract } from './store-case.ts'

const provider = (name: string, more: Partial<StoredProvider> = {}): StoredProvider => ({
  tenant: null,
  row: {
    name,
    wire: 'openai-chat',
    base_url: 'http://acme.example/v1',
    headers: { 'x-title': `"quoted" \\ ${name}` },
  },
  auth: { sealed: 'v1.k.n.c', masked: { type: 'bearer', key: ['••••1234'] } },
  leaseEndsAt: null,
  updatedAt: 7,
  ...more,
})
const model = (name: string, of: string, tenant: string | null = null): StoredModel => ({
  tenant,
  row: { name, provider: of, price: { input: 0.15, output: '0.60' } },
  updatedAt: 7,
})
const alias = { tenant: 'red', name: 'quick', row: { model: 'acme/m' }, updatedAt: 7 }

/** Adds to what is there. */
async function put(store: ProviderStore, ...changes: RowChange[]): Promise<number> {
  const written = await store.write(changes, await store.revision())
  assert(written !== null)
  return written
}
const names = async (store: ProviderStore) => {
  const { value } = await store.read()
  return [...value.providers, ...value.models]
    .map(({ tenant, row }) => `${tenant ?? '*'}/${row.name}`)
    .toSorted()
}

export const providerStoreCases: readonly StoreCase<ProviderStore>[] = [
  {
    title: 'gives back every row as it was written, whoever owns it, with the revision',
    async run(store) {
      const everybodys = provider('acme')
      const own = provider('acme', { tenant: 'red', auth: null })
      const models = [model('acme/m', 'acme'), model('acme/m', 'acme', 'red')]
      const revision = await put(
        store,
        { put: 'provider', row: everybodys },
        { put: 'provider', row: own },
        ...models.map((row) => ({ put: 'model', row }) as const),
        { put: 'alias', row: alias },
      )
      const { value, revision: read } = await store.read()
      assert.equal(read, revision)
      assertSame(value.providers.toSorted(byTenant), [everybodys, own])
      assertSame(value.models.toSorted(byTenant), models)
      assertSame(value.aliases, [alias])
    },
  },
  {
    title: 'M-313: a change that was checked at another revision changes nothing',
    async run(store) {
      const before = await store.revision()
      const row = provider('acme')
      const first = await store.write([{ put: 'provider', row }], before)
      assert(first !== null && first > before)
      const late = await store.write([{ put: 'provider', row: provider('other') }], before)
      assert.equal(late, null)
      assertSame(await names(store), ['*/acme'])
      assert.equal(await store.revision(), first)
    },
  },
  {
    title: 'of changes that were checked at one revision at the same time, one is made',
    async run(store) {
      const at = await store.revision()
      const written = await Promise.all(
        ['a', 'b', 'c'].map((name) => store.write([{ put: 'provider', row: provider(name) }], at)),
      )
      assert.equal(written.filter((revision) => revision !== null).length, 1)
      assert.equal((await names(store)).length, 1)
    },
  },
  {
    title: 'replaces by tenant and name, and removes a provider with its models',
    async run(store) {
      await put(
        store,
        { put: 'provider', row: provider('acme') },
        { put: 'model', row: model('acme/m', 'acme') },
        { put: 'provider', row: provider('acme', { tenant: 'red' }) },
        { put: 'model', row: model('acme/m', 'acme', 'red') },
        { put: 'alias', row: alias },
      )
      await put(store, { put: 'provider', row: provider('acme', { updatedAt: 9 }) })
      const changed = (await store.read()).value.providers.find(({ tenant }) => tenant === null)
      assert.equal(changed?.updatedAt, 9)
      assert.equal((await names(store)).length, 4)
      await put(store, { remove: 'provider', tenant: null, name: 'acme' })
      assertSame(await names(store), ['red/acme', 'red/acme/m'])
      await put(store, { remove: 'model', tenant: 'red', name: 'acme/m' })
      await put(store, { remove: 'alias', tenant: 'red', name: 'quick' })
      assertSame(await names(store), ['red/acme'])
      assertSame((await store.read()).value.aliases, [])
    },
  },
  {
    title:
      'M-129: a lease that is renewed goes on, without a change; one that is over ends with its models',
    async run(store) {
      const revision = await put(
        store,
        { put: 'provider', row: provider('kept') },
        { put: 'provider', row: provider('box', { leaseEndsAt: 100 }) },
        { put: 'provider', row: provider('gone', { leaseEndsAt: 100, tenant: 'red' }) },
        { put: 'model', row: model('gone/m', 'gone', 'red') },
      )
      assertSame(await store.endLeases(99), { removed: [], nextEndsAt: 100 })
      assert.equal(await store.renewLease(null, 'box', 200), true)
      assert.equal(await store.renewLease(null, 'gone', 200), false)
      assert.equal(await store.renewLease(null, 'kept', 200), false)
      assert.equal(await store.revision(), revision)
      assertSame(await store.endLeases(100), {
        removed: [{ tenant: 'red', name: 'gone' }],
        nextEndsAt: 200,
      })
      assertSame(await names(store), ['*/box', '*/kept'])
      assert((await store.revision()) > revision)
      assertSame((await store.endLeases(200)).nextEndsAt, null)
      assertSame(await names(store), ['*/kept'])
    },
  },
]

function byTenant(a: { tenant: string | null }, b: { tenant: string | null }): number {
  return (a.tenant ?? '').localeCompare(b.tenant ?? '')
}

/** Registers every case of the port as a test of one adapter. */
export function providerStoreContract(contract: StoreContract<ProviderStore>): void {
  runStoreCases('ProviderStore', providerStoreCases, contract)
}
