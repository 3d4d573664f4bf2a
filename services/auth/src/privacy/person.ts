import type { KeyId, TenantId, UserId } from '@sluice/contracts/ids'
import type { Person } from '@sluice/contracts/rpc/personal-data'
import type { AuthStore, StoredKey } from '@sluice/store/auth-store'
import { allKeys } from '../keys/all-keys.ts'

/** Keys of somebody, revoked ones too. */
export function keysOf(
  store: Pick<AuthStore, 'listKeys'>,
  tenantId: string,
  userId: string,
): Promise<readonly StoredKey[]> {
  // An owner by key alone has no id that a user could have.
  return allKeys(store, tenantId, { projects: null, ownedBy: { userId, keyId: '' } })
}

export function personOf(tenantId: string, userId: string, keys: readonly StoredKey[]): Person {
  return {
    tenantId: tenantId as TenantId,
    userId: userId as UserId,
    keyIds: keys.map(({ caller }) => caller.keyId as KeyId),
  }
}
