import { Caller } from '@sluice/contracts/caller'
import { fullAccess } from '@sluice/contracts/access'
import type { Principal } from '@sluice/contracts/rpc/manage'
import type { Clock } from '@sluice/kernel/clock'
import type { AuthStore } from '@sluice/store/auth-store'
import { found, type ManageContext } from './manage/context.ts'
import { Tenants } from './manage/tenants.ts'
import { Tokens } from './manage/tokens.ts'

/** The management of tenants and keys without a running service: what the command line does, straight in the database. */
export interface OfflineTenancy {
  readonly tenants: Tenants
  readonly tokens: Tokens
  /** Whoever holds the database may do everything in it. Throws when the tenant is missing. */
  readonly operatorOf: (tenantId: string, projectId: string) => Promise<Principal>
}

/** Changes raise the identity revision, by which running processes notice them within seconds, and are told by the outbox of the store. */
export function offlineTenancy(store: AuthStore, clock: Clock): OfflineTenancy {
  const context: ManageContext = {
    store,
    accounts: null,
    clock,
    onChanged: () => undefined,
    onRevision: () => undefined,
    licenceKeyPath: null,
  }
  return {
    tenants: new Tenants(context),
    tokens: new Tokens(context),
    async operatorOf(tenantId, projectId) {
      found(await store.tenants.find(tenantId, tenantId), 'tenant')
      const caller = Caller.parse({
        tenantId,
        projectId,
        keyId: 'command-line',
        keyName: 'command line',
        models: null,
      })
      return { caller, access: { ...fullAccess, platform: true } }
    },
  }
}
