import { timeOf, timeOrNull } from '@sluice/contracts/http/shapes'
import type { AccountView, SessionView } from '@sluice/contracts/http/routes/accounts'
import { csrfTokenOf } from '@sluice/identity/session-cookies'
import type { AuditedChange } from '@sluice/management'
import type { Account } from '@sluice/store/account-store'
import type { Tenant } from '@sluice/store/tenancy'
import type { AccountsParts } from './accounts-parts.ts'
import type { Opened, Transport } from './sessions.ts'

/** The answer to whoever has just been signed in, in body and cookies as they asked for it. */
export function createSignedIn({ sessions, config }: Pick<AccountsParts, 'sessions' | 'config'>) {
  return (
    { tenant, opened }: { readonly tenant: Tenant; readonly opened: Opened },
    transport: Transport,
    audited = true,
  ) => ({
    body: sessionView(opened, tenant, transport, config.accessTtlMs / 1_000),
    ...(transport !== 'token' && { headers: { 'set-cookie': sessions.cookiesOf(opened) } }),
    ...(audited && { audit: byUser(opened.account) }),
  })
}

/** What somebody did who was nobody before the call. */
export function byUser({ id, tenantId }: Pick<Account, 'id' | 'tenantId'>): AuditedChange {
  return { target: `user:${id}`, tenantId, actor: { keyId: null, userId: id } }
}

export function accountView(account: Account, tenant: Tenant): AccountView {
  const { id, email, name, role, status, origin, createdAt, lastLoginAt } = account
  const times = { created_at: timeOf(createdAt), last_login_at: timeOrNull(lastLoginAt) }
  return { id, email, name, role, status, origin, tenant: tenantView(tenant), ...times }
}

export function tenantView({ id, name }: Tenant) {
  return { id, slug: id, name }
}

function sessionView(
  { account, accessToken, refreshToken, session }: Opened,
  tenant: Tenant,
  transport: Transport,
  expiresIn: number,
): SessionView {
  const user = accountView(account, tenant)
  const rest = { expires_in: expiresIn, csrf_token: csrfTokenOf(session.id) }
  if (transport === 'cookie') return { user, ...rest }
  const tokens = { access_token: accessToken, refresh_token: refreshToken }
  return { user, ...tokens, token_type: 'Bearer', ...rest }
}
