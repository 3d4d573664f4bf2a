import type { AuthStore, KeyFilter, StoredKey } from '@sluice/store/auth-store'

const page = 100

/** Every page of them, revoked ones too. */
export async function allKeys(
  store: Pick<AuthStore, 'listKeys'>,
  tenantId: string,
  filter: KeyFilter,
): Promise<readonly StoredKey[]> {
  const keys: StoredKey[] = []
  for (;;) {
    const after = keys.at(-1)?.caller.keyId ?? null
    const found = await store.listKeys(tenantId, filter, { limit: page, after })
    keys.push(...found)
    if (found.length < page) return keys
  }
}
