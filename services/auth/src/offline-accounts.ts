import type { Role } from '@sluice/contracts/access'
import type { AccountView } from '@sluice/contracts/http/routes/accounts'
import type { Clock } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import type { Account, AccountStore } from '@sluice/store/account-store'
import type { AuthStore } from '@sluice/store/auth-store'
import { rolesWithin } from './accounts/accounts.ts'
import { accountErrors } from './accounts/errors.ts'
import { type HashCost, Passwords } from './accounts/passwords.ts'
import { newId, newPassword } from './accounts/secrets.ts'
import { accountView } from './accounts/signed-in.ts'
import { found } from './manage/context.ts'

export interface OfflineAccounts {
  /** The password is made here, and shown this once: one that was typed would stay in the history of the shell. */
  create(account: {
    readonly tenant: string
    readonly email: string
    readonly name: string
    readonly role: Role
  }): Promise<{ readonly id: string; readonly password: string }>
  /** Throws when there is no such tenant. */
  list(tenant: string): Promise<readonly AccountView[]>
  /** Signed out everywhere, within five seconds. */
  disable(tenant: string, email: string): Promise<Account>
  resetPassword(
    tenant: string,
    email: string,
  ): Promise<{ readonly id: string; readonly password: string }>
}

/** Accounts without a gateway, for whoever has the database. A gateway that runs learns of it by the revision. */
export function offlineAccounts(
  identity: AuthStore,
  accounts: AccountStore,
  clock: Clock,
  hashCost?: HashCost,
): OfflineAccounts {
  const passwords = new Passwords(hashCost)
  const guard = () => ({ within: rolesWithin('owner'), at: clock.now() })
  const find = async (tenant: string, email: string) => {
    const [account] = await accounts.findByEmail(email, tenant)
    if (!account) throw new GatewayError(accountErrors.user_not_found, `${tenant} has no ${email}`)
    return account
  }
  return {
    async create({ tenant, email, name, role }) {
      if (!(await identity.tenants.find(tenant, tenant)))
        throw new GatewayError(accountErrors.user_not_found, `there is no tenant ${tenant}`)
      const password = newPassword()
      const id = newId('u')
      const made = await accounts.create({
        id,
        tenantId: tenant,
        email,
        name,
        role,
        status: 'active',
        origin: 'local',
        passwordHash: await passwords.hash(password),
        createdAt: clock.now(),
      })
      if (!made) throw new GatewayError(accountErrors.account_exists)
      return { id, password }
    },
    async list(id) {
      const tenant = found(await identity.tenants.find(id, id), 'tenant')
      const all: AccountView[] = []
      for (let after: string | null = null; ;) {
        const page = await accounts.list(id, { limit: 200, after })
        all.push(...page.map((account) => accountView(account, tenant)))
        const last = page.at(-1)
        if (!last || page.length < 200) return all
        after = last.id
      }
    },
    async disable(tenant, email) {
      const { id } = await find(tenant, email)
      const result = await accounts.update(tenant, id, { status: 'disabled' }, guard())
      if (result.outcome === 'last_owner') throw new GatewayError(accountErrors.last_owner)
      return find(tenant, email)
    },
    async resetPassword(tenant, email) {
      const { id } = await find(tenant, email)
      const password = newPassword()
      const hash = await passwords.hash(password)
      const options = { at: clock.now(), keepSession: null }
      const change = await accounts.setPassword(tenant, id, hash, options)
      if (!change) throw new GatewayError(accountErrors.user_not_found, `${email} is disabled`)
      return { id, password }
    },
  }
}
