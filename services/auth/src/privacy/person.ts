import type { KeyId, TenantId, UserId } from '@sluice/contracts/ids'
import type { Person } from '@sluice/contracts/rpc/personal-data'
import type { AuthStore, StoredKey } from '@sluice/store/auth-store'

const page = 100

/** Keys of somebody, revoked ones too. */
export async function keysOf(
  store: Pick<AuthStore, 'listKeys'>,
  tenantId: string,
  userId: string,
): Promise<readonly StoredKey[]> {
  const keys: StoredKey[] = []
  for (;;) {
    const after = keys.at(-1)?.caller.keyId ?? null
    // An owner by key alone has no id that a user could have.
    const found = await store.listKeys(
      tenantId,
      { projects: null, ownedBy: { userId, keyId: '' } },
      { limit: page, after },
    )
    keys.push(...found)
    if (found.length < page) return keys
  }
}

export function personOf(tenantId: string, userId: string, keys: readonly StoredKey[]): Person {
  return {
    tenantId: tenantId as TenantId,
    userId: userId as UserId,
    keyIds: keys.map(({ caller }) => caller.keyId as KeyId),
  }
}
