import type { IdentityChange } from '@sluice/contracts/rpc/auth'
import type { Clock } from '@sluice/kernel/clock'
import type { Logger } from '@sluice/kernel/logger'
import type { AccountStore } from '@sluice/store/account-store'
import type { AuthStore } from '@sluice/store/auth-store'
import type { AccountsConfig } from '../accounts-config.ts'
import type { Passwords } from './passwords.ts'
import { newId } from './secrets.ts'

export interface FirstOwnerContext {
  readonly config: AccountsConfig
  readonly store: AuthStore
  readonly accounts: AccountStore
  readonly passwords: Passwords
  readonly clock: Clock
  readonly logger: Logger
  readonly onChanged: (change: IdentityChange, tenant: string) => void
}

const tenantId = 'default'

/**
 * `BOOTSTRAP_*`: an owner for the default tenant, once. Of an account that is there nothing is changed: a password that its owner has changed since must not
 * come back with the next start. Replicas may do it side by side.
 */
export async function ensureFirstOwner(context: FirstOwnerContext): Promise<void> {
  const { config, store, accounts, passwords, clock, logger, onChanged } = context
  const { bootstrap } = config
  if (!bootstrap) return
  const { email, name, password, organisation } = bootstrap
  if ((await accounts.findByEmail(email, tenantId)).length > 0) return
  const now = clock.now()
  await store.ensureProject(tenantId, 'default', now)
  if (organisation !== null) {
    const renamed = await store.tenants.change(tenantId, tenantId, { name: organisation }, now)
    if (renamed) onChanged(renamed, tenantId)
  }
  const change = await accounts.create({
    id: newId('u'),
    tenantId,
    email,
    name,
    role: 'owner',
    status: 'active',
    origin: 'local',
    passwordHash: await passwords.hash(password),
    createdAt: now,
  })
  if (!change) return // another replica was faster
  onChanged(change, tenantId)
  logger.info({ tenant: tenantId }, 'the first owner was made from BOOTSTRAP_ADMIN_EMAIL')
}
