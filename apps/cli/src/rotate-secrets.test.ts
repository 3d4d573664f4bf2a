import { expect, test } from '@jest/globals'
import { authPlace } from '@sluice/catalogue/sealed-place'
import { createSecretBox } from '@sluice/secret-box'
import { createMemoryProviderStore } from '@sluice/store/memory-provider-store'
import { resealAll } from './rotate-secrets.ts'

const old = Buffer.alloc(32, 1)
const current = Buffer.alloc(32, 2)
const before = createSecretBox({ currentId: 'old', keys: new Map([['old', old]]) })
const both = createSecretBox({
  currentId: 'new',
  keys: new Map([
    ['old', old],
    ['new', current],
  ]),
})
const after = createSecretBox({ currentId: 'new', keys: new Map([['new', current]]) })
const url = 'https://acme.example/v1'

async function storeOf(names: readonly string[]) {
  const store = createMemoryProviderStore()
  const changes = names.map((name) => {
    const row = { name, wire: 'openai-chat', base_url: url } as const
    const sealed = before.seal(`secret of ${name}`, authPlace('red', name, url))
    const auth = { sealed, masked: { type: 'bearer' } }
    return {
      put: 'provider',
      row: { tenant: 'red', row, auth, leaseEndsAt: null, updatedAt: 0 },
    } as const
  })
  await store.write(changes, 0)
  return store
}

test('M-321 S-152: every credential is encrypted anew, what was sealed before stays readable meanwhile, and then the old key can go', async () => {
  const store = await storeOf(['one', 'two'])
  expect(await resealAll(store, both)).toEqual({ credentials: 2, resealed: 2, unreadable: [] })
  const { value } = await store.read()
  for (const { row, auth } of value.providers)
    expect(after.open(auth?.sealed ?? '', authPlace('red', row.name, url))).toBe(
      `secret of ${row.name}`,
    )
  expect(await resealAll(store, both)).toEqual({ credentials: 2, resealed: 0, unreadable: [] })
})

test('M-321: what cannot be decrypted is reported and left as it is', async () => {
  const store = await storeOf(['one', 'two'])
  const { value, revision } = await store.read()
  const [one, two] = value.providers
  if (!one || !two) throw new Error('two rows')
  await store.write([{ put: 'provider', row: { ...two, auth: one.auth } }], revision)
  const report = await resealAll(store, both)
  expect(report).toMatchObject({ credentials: 2, resealed: 1 })
  expect(report.unreadable).toMatchObject([{ row: 'red/two' }])
})

test('M-321: a row that is changed meanwhile keeps its change', async () => {
  const store = await storeOf(['one'])
  let isFirst = true
  const racing = {
    ...store,
    revision: () => store.revision(),
    renewLease: () => Promise.resolve(false),
    endLeases: (now: number) => store.endLeases(now),
    read: () => store.read(),
    write: async (...args: Parameters<typeof store.write>) => {
      if (isFirst) {
        isFirst = false
        const { value, revision } = await store.read()
        const [one] = value.providers
        if (one) await store.write([{ put: 'provider', row: { ...one, updatedAt: 9 } }], revision)
      }
      return store.write(...args)
    },
  }
  expect(await resealAll(racing, both)).toMatchObject({ resealed: 1 })
  expect((await store.read()).value.providers[0]).toMatchObject({ updatedAt: 9 })
})
