import {
  acceptInvitationRoute,
  changePasswordRoute,
  forgotPasswordRoute,
  inviteRoute,
  keySetRoute,
  loginRoute,
  logoutRoute,
  meRoute,
  refreshRoute,
  registerRoute,
  resetPasswordRoute,
} from '@sluice/contracts/http/routes/accounts'
import type { ManagementCall } from '@sluice/contracts/rpc/manage'
import { readCookie, sessionCookieNames } from '@sluice/identity/session-cookies'
import { GatewayError } from '@sluice/kernel/errors'
import { handle, type Handled } from '@sluice/management'
import { isSession } from '../access/signed-in.ts'
import type { AccountsParts } from './accounts-parts.ts'
import { accountErrors } from './errors.ts'
import { hashOf } from './secrets.ts'
import { accountView, byUser, createSignedIn, tenantView } from './signed-in.ts'

/** `/v1/auth/…`: what somebody does about their own account. */
export function accountHandlers(parts: AccountsParts): readonly Handled[] {
  const { accounts, sessions, issuers, config } = parts
  const names = sessionCookieNames(config.secureCookies)

  const signedIn = createSignedIn(parts)

  return [
    handle(registerRoute, async ({ body, address }) => {
      const { tenant, account, opened } = await accounts.register(body, address)
      const audit = { ...byUser(account), after: { tenant: tenant.id, role: account.role } }
      if (!opened) {
        return { body: { user: accountView(account, tenant), state: 'pending' as const }, audit }
      }
      const answer = signedIn({ tenant, opened }, body.transport)
      return { ...answer, body: { ...answer.body, state: 'active' as const }, audit }
    }),

    handle(loginRoute, async ({ body, address, requestId }) => {
      const call = { route: loginRoute.id, address, requestId }
      const entered = await accounts.login(body, address, (account) => {
        parts.onRefused(call, account, accountErrors.invalid_credentials.code)
      })
      return signedIn(entered, body.transport)
    }),

    handle(refreshRoute, async ({ body, headers, address, requestId }) => {
      const { token, cookie } = refreshTokenOf(body, headers, names.refresh)
      if (token === null) throw new GatewayError(accountErrors.invalid_session)
      const result = await sessions.rotate(token)
      if (result.outcome === 'reused') {
        const { session, change } = result
        parts.logger.warn(
          { session: session.id.slice(0, 9), user: session.userId },
          'a refresh token came twice: its session ended',
        )
        if (change) parts.onChanged(change, session.tenantId)
        const account = { id: session.userId, tenantId: session.tenantId }
        const call = { route: refreshRoute.id, address, requestId }
        parts.onRefused(call, account, 'refresh_reused')
      }
      if (result.outcome !== 'rotated') throw new GatewayError(accountErrors.invalid_session)
      const { opened } = result
      const tenant = await accounts.activeTenant(opened.account.tenantId)
      return signedIn({ tenant, opened }, cookie ? 'cookie' : 'token', false)
    }),

    handle(logoutRoute, async ({ body, headers, principal }) => {
      const { token } = refreshTokenOf(body, headers, names.refresh)
      const everywhere = body?.everywhere === true || token === null
      const answer = { body: null, headers: { 'set-cookie': sessions.noCookies() } }
      const userId = principal?.caller.userId ?? null
      if (everywhere && principal && userId !== null) {
        if (!isSession(principal.caller)) throw new GatewayError(accountErrors.not_a_user)
        const { tenantId } = principal.caller
        const change = await parts.accountStore.endSessions(tenantId, userId, parts.clock.now())
        if (change) parts.onChanged(change, tenantId)
        return { ...answer, audit: { target: `user:${userId}` } }
      }
      const session = token && (await parts.accountStore.findSessionByToken(hashOf(token)))
      if (!session) return answer
      const { tenantId, id } = session
      const change = await parts.accountStore.endSession(tenantId, id, parts.clock.now())
      if (!change) return answer
      parts.onChanged(change, tenantId)
      return { ...answer, audit: byUser({ id: session.userId, tenantId }) }
    }),

    handle(meRoute, async ({ principal }) => {
      const { caller, access } = principal
      const tenant = await accounts.requireTenant(caller.tenantId)
      const account =
        caller.userId === null ? null : await parts.accountStore.find(tenant.id, caller.userId)
      return {
        body: {
          user: account && accountView(account, tenant),
          tenant: tenantView(tenant),
          project_id: caller.projectId,
          key: { id: caller.keyId, name: caller.keyName },
          role: access.role,
          platform: access.platform,
          tier: access.tier,
          features: access.features,
        },
      }
    }),

    handle(changePasswordRoute, async ({ principal, body, address }) => {
      const { tenantId, userId } = principal.caller
      if (userId === null || !isSession(principal.caller))
        throw new GatewayError(accountErrors.not_a_user)
      return signedIn(
        await accounts.changePassword(tenantId, userId, body, address),
        body.transport,
      )
    }),

    handle(forgotPasswordRoute, async ({ body, address }) => {
      await accounts.forgotPassword(body, address)
      return {
        body: { message: 'If there is an account with this address, a mail is on its way.' },
      }
    }),

    handle(resetPasswordRoute, async ({ body, address }) => {
      const account = await accounts.resetPassword(body, address)
      return { body: null, audit: byUser(account) }
    }),

    handle(inviteRoute, async ({ principal, body }) => {
      const { tenantId, keyName, userId } = principal.caller
      const by = userId === null ? null : await parts.accountStore.find(tenantId, userId)
      const inviter = { tenantId, role: principal.access.role, name: by?.name ?? keyName }
      const { account, tenant } = await accounts.invite(inviter, body)
      return {
        body: accountView(account, tenant),
        audit: {
          target: `user:${account.id}`,
          after: { email: account.email, role: account.role },
        },
      }
    }),

    handle(acceptInvitationRoute, async ({ body, address }) =>
      signedIn(await accounts.acceptInvitation(body, address), body.transport),
    ),

    handle(keySetRoute, async () => {
      const keys = issuers.own.map(({ kid, algorithm, jwk }) => ({
        ...jwk,
        ...(kid !== null && { kid }),
        alg: algorithm,
        use: 'sig',
      }))
      return { body: { keys }, headers: { 'cache-control': 'public, max-age=300' } }
    }),
  ]
}

/** One from a cookie counts only with the token that pages of ours can read, whatever the edge has checked before. */
function refreshTokenOf(
  body: { readonly refresh_token?: string | undefined } | null,
  headers: ManagementCall['headers'],
  cookieName: string,
): { readonly token: string | null; readonly cookie: boolean } {
  if (body?.refresh_token !== undefined) return { token: body.refresh_token, cookie: false }
  const token = readCookie(headers['cookie'], cookieName)
  if (token === null || token === '') return { token: null, cookie: false }
  const csrf = readCookie(headers['cookie'], cookieName.replace('_refresh', '_csrf'))
  const given = headers['x-csrf-token']
  if (csrf === null || given === undefined || given !== csrf)
    throw new GatewayError(accountErrors.csrf_failed)
  return { token, cookie: true }
}
