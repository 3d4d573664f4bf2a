import { createHmac, hkdfSync, type KeyObject, createSecretKey } from 'node:crypto'
import type { Provider } from '@sluice/catalogue/catalogue'
import type { Caller } from '@sluice/contracts/caller'
import type { KeyRing } from '@sluice/secret-box'
import type { Disguise } from '@sluice/wire/caller-names'

/** The operator's own: the development key and keys from the environment belong to it. What it says is not another tenant's to guess. */
const operatorsTenant = 'default'

/** Headers in which a conversation is named that a provider keeps a cache for. */
const namedHeaders = ['session-id', 'thread-id', 'x-session-affinity', 'x-grok-conv-id'] as const

export type CallerDisguise = (
  { tenantId }: Pick<Caller, 'tenantId'>,
  row: Pick<Provider, 'tenant'>,
) => Disguise | undefined

/**
 * How names that callers chose (end users, conversations, cache keys) are told to a provider whose account several tenants share: the same name is
 * always the same there, never that of another tenant, and without the key nobody finds it from what the provider has. Undefined where they go as they
 * are: at an account of the tenant's own, and for the operator.
 */
export function createCallerDisguise(keyRing: KeyRing | null): CallerDisguise {
  const key = keyOf(keyRing)
  return ({ tenantId }, row) => {
    if (row.tenant !== null || tenantId === operatorsTenant) return undefined
    // Length before text: no two pairs of tenant and name give the same bytes. 43 characters: providers take 64.
    return (name) =>
      createHmac('sha256', key)
        .update(`${String(tenantId.length)}:${tenantId}${name}`)
        .digest('base64url')
  }
}

export function disguiseHeaders(headers: Record<string, string>, disguise: Disguise): void {
  for (const name of namedHeaders) {
    const value = headers[name]
    if (value !== undefined) headers[name] = disguise(value)
  }
}

/** Without a key ring, names are still apart by tenant; whoever knows a tenant's id can only tell whether a guess at a name is right. */
function keyOf(keyRing: KeyRing | null): KeyObject {
  const secret = keyRing?.keys.get(keyRing.currentId) ?? Buffer.alloc(32)
  return createSecretKey(
    Buffer.from(hkdfSync('sha256', secret, '', 'sluice caller names at providers', 32)),
  )
}
