import { oidcCallbackRoute, oidcStartRoute } from '@sluice/contracts/http/routes/oidc'
import { readCookie } from '@sluice/identity/session-cookies'
import { handle, type Handled } from '@sluice/management'
import type { AccountsParts } from './accounts-parts.ts'
import { signInMs } from './oidc.ts'
import { byUser } from './signed-in.ts'

/** `/v1/auth/oidc/…`: the two stops of a browser that signs in elsewhere. */
export function oidcHandlers(parts: AccountsParts): readonly Handled[] {
  const { accounts, sessions, oidc, config } = parts
  const cookieName = config.secureCookies ? '__Host-sluice_oidc' : 'sluice_oidc'
  // Lax: the browser comes back from another site.
  const cookie = (value: string, seconds: number) =>
    `${cookieName}=${value}; Path=/; Max-Age=${String(seconds)}; HttpOnly${config.secureCookies ? '; Secure' : ''}; SameSite=Lax`

  return [
    handle(oidcStartRoute, async ({ params, query }) => {
      const { location, browser } = await oidc.start(params.provider, query.return_to)
      const headers = { location, 'set-cookie': cookie(browser, signInMs / 1_000) }
      return { status: 302, body: '', headers }
    }),

    handle(oidcCallbackRoute, async ({ params, query, headers }) => {
      const browser = readCookie(headers['cookie'], cookieName)
      const { account, returnTo } = await oidc.finish(params.provider, query, browser)
      await accounts.activeTenant(account.tenantId)
      const opened = await sessions.open(account, 'cookie')
      const cookies = [...sessions.cookiesOf(opened), cookie('', 0)]
      const answer = { location: returnTo, 'set-cookie': cookies }
      return { status: 302, body: '', headers: answer, audit: byUser(account) }
    }),
  ]
}
