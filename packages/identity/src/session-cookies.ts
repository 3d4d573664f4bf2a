import { hash, timingSafeEqual } from 'node:crypto'

/** How a browser holds a session: the tokens where no script can read them, and a token against forged calls where one can. */
export interface SessionCookieNames {
  readonly access: string
  readonly refresh: string
  readonly csrf: string
}

const secureNames: SessionCookieNames = {
  access: '__Host-sluice_session',
  refresh: '__Host-sluice_refresh',
  csrf: '__Host-sluice_csrf',
}
const plainNames: SessionCookieNames = {
  access: 'sluice_session',
  refresh: 'sluice_refresh',
  csrf: 'sluice_csrf',
}

/** Browsers take a `__Host-` cookie over TLS alone, from this host alone: no subdomain and no plain page can plant one. */
export function sessionCookieNames(secure: boolean): SessionCookieNames {
  return secure ? secureNames : plainNames
}

/** Null: not there, or there twice, when somebody may have planted one of them. */
export function readCookie(header: string | undefined, name: string): string | null {
  if (header === undefined) return null
  const prefix = `${name}=`
  const found = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(prefix))
  return found.length === 1 ? (found[0]?.slice(prefix.length) ?? null) : null
}

/** Follows from the session, whose id no page can read: whoever can say it has read what the gateway told this session's own page. */
export function csrfTokenOf(sessionId: string): string {
  return Buffer.from(hash('sha256', `csrf ${sessionId}`), 'hex').toString('base64url')
}

export function isCsrfTokenOf(sessionId: string, given: string | undefined): boolean {
  if (given === undefined) return false
  const [expected, actual] = [csrfTokenOf(sessionId), given].map((text) =>
    Buffer.from(hash('sha256', text), 'hex'),
  )
  return expected !== undefined && actual !== undefined && timingSafeEqual(expected, actual)
}
