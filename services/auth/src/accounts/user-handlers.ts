import {
  deleteUserRoute,
  listUsersRoute,
  readUserRoute,
  updateUserRoute,
} from '@sluice/contracts/http/routes/users'
import type { Role } from '@sluice/contracts/access'
import { GatewayError } from '@sluice/kernel/errors'
import { handle, type Handled } from '@sluice/management'
import type { Account, AccountUpdate } from '@sluice/store/account-store'
import type { Page, Tenant } from '@sluice/store/tenancy'
import { roleCovers } from '../access/roles.ts'
import { listOf } from '../manage/context.ts'
import type { AccountsParts } from './accounts-parts.ts'
import { rolesWithin } from './accounts.ts'
import { accountErrors } from './errors.ts'
import { accountView } from './signed-in.ts'

/** `/v1/users`: what owners and admins do about the people of their company. */
export function userHandlers(parts: AccountsParts): readonly Handled[] {
  const { accounts, accountStore, clock } = parts

  /** What became of it, or the refusal. */
  const settled = (result: AccountUpdate, tenant: Tenant) => {
    if (result.outcome === 'missing') throw new GatewayError(accountErrors.user_not_found)
    if (result.outcome === 'forbidden') throw new GatewayError(accountErrors.role_not_allowed)
    if (result.outcome === 'last_owner') throw new GatewayError(accountErrors.last_owner)
    if (result.outcome === 'unchanged') return { account: result.before, audit: null }
    parts.onChanged(result.change, tenant.id)
    const { before, after } = result
    const audit = { target: `user:${before.id}`, before: told(before), after: after && told(after) }
    return { account: after ?? before, audit }
  }
  const guardOf = (role: Role) => ({ within: rolesWithin(role), at: clock.now() })

  return [
    handle(listUsersRoute, async ({ principal, query }) => {
      const tenant = await accounts.requireTenant(principal.caller.tenantId)
      const read = (page: Page) => accountStore.list(tenant.id, page)
      return { body: await listOf(query, read, (account) => accountView(account, tenant)) }
    }),

    handle(readUserRoute, async ({ principal, params }) => {
      const tenant = await accounts.requireTenant(principal.caller.tenantId)
      return { body: accountView(await accounts.requireAccount(tenant.id, params.id), tenant) }
    }),

    handle(updateUserRoute, async ({ principal, params, body }) => {
      const { caller, access } = principal
      const tenant = await accounts.requireTenant(caller.tenantId)
      const known = await accounts.requireAccount(tenant.id, params.id)
      if (body.role !== undefined && !roleCovers(access.role, body.role))
        throw new GatewayError(accountErrors.role_not_allowed)
      const { name, role, status } = body
      const changes = {
        ...(name !== undefined && { name }),
        ...(role !== undefined && { role }),
        // Who was invited has no password yet, and becomes active with it.
        ...(status !== undefined &&
          !(known.status === 'invited' && status === 'active') && { status }),
      }
      const guard = guardOf(access.role)
      const result = await accountStore.update(tenant.id, params.id, changes, guard)
      const { account, audit } = settled(result, tenant)
      return { body: accountView(account, tenant), ...(audit && { audit }) }
    }),

    handle(deleteUserRoute, async ({ principal, params }) => {
      const tenant = await accounts.requireTenant(principal.caller.tenantId)
      const guard = guardOf(principal.access.role)
      const { audit } = settled(await accountStore.delete(tenant.id, params.id, guard), tenant)
      return { body: null, ...(audit && { audit }) }
    }),
  ]
}

function told({ email, name, role, status }: Account) {
  return { email, name, role, status }
}
