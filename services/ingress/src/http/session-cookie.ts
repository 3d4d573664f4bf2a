import type { IncomingMessage } from 'node:http'
import { isCsrfTokenOf, readCookie, sessionCookieNames } from '@sluice/identity/session-cookies'
import { readToken } from '@sluice/identity/token-form'
import { GatewayError } from '@sluice/kernel/errors'
import type { IngressConfig } from '../config.ts'
import { ingressErrors } from '../errors.ts'
import { isTls } from './response-headers.ts'

type Config = Pick<IngressConfig, 'publicTls' | 'publicOrigin'>

const safeMethods: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * The access token that a browser sends by itself, null without one. A browser sends it for pages of others, too: whatever changes something must come from
 * an origin of ours, as the browser says it, and carry the token that only a page of ours could read. Throws a 403 otherwise.
 */
export function sessionCredential(request: IncomingMessage, config: Config): string | null {
  const { headers, method } = request
  if (headers.cookie === undefined) return null
  const names = sessionCookieNames(config.publicTls || isTls(request))
  const token = readCookie(headers.cookie, names.access)
  const hasSession = token !== null || readCookie(headers.cookie, names.refresh) !== null
  if (!hasSession || safeMethods.has(method)) return token
  if (!isOwnOrigin(request, config)) throw new GatewayError(ingressErrors.cross_site_request)
  if (token === null) return null
  const sid = readToken(token)?.claims['sid']
  const given = headers['x-csrf-token']
  const isOurs = typeof sid === 'string' && isCsrfTokenOf(sid, [given].flat()[0])
  if (!isOurs) throw new GatewayError(ingressErrors.csrf_token_required)
  return token
}

/** By both headers that no page can write; where a browser sends neither, it is not one of ours. */
function isOwnOrigin({ headers }: IncomingMessage, { publicOrigin }: Config): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') return false
  const { origin } = headers
  if (origin === undefined) return site === 'same-origin'
  if (origin === publicOrigin) return true
  const host = URL.parse(origin)?.host
  return host !== undefined && host !== '' && host === headers.host
}
