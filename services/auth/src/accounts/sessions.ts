import { csrfTokenOf, sessionCookieNames } from '@sluice/identity/session-cookies'
import type { Clock } from '@sluice/kernel/clock'
import type { Account, AccountStore, Session } from '@sluice/store/account-store'
import type { AccountsConfig } from '../accounts-config.ts'
import { accessTokenType } from './issuers.ts'
import { hashOf, newId, newSecret } from './secrets.ts'
import type { SigningKeys } from './signing-keys.ts'

export interface SessionsContext {
  readonly config: AccountsConfig
  readonly accounts: AccountStore
  readonly keys: SigningKeys
  readonly clock: Clock
}

/** How the tokens travel: in the body, in cookies, or both. */
export type Transport = 'token' | 'cookie' | 'both'

export interface Opened {
  readonly session: Pick<Session, 'id' | 'expiresAt'>
  readonly account: Account
  readonly accessToken: string
  readonly refreshToken: string
}

/** Opens sessions and makes their tokens: short-lived ones that say who it is, and opaque ones that are good for one exchange each. */
export class Sessions {
  readonly #context: SessionsContext

  constructor(context: SessionsContext) {
    this.#context = context
  }

  async open(account: Account, transport: Transport): Promise<Opened> {
    const { accounts, clock, config } = this.#context
    const now = clock.now()
    const { secret, hash } = newSecret('rt')
    const session = {
      id: newId('s'),
      tenantId: account.tenantId,
      userId: account.id,
      createdAt: now,
      expiresAt: now + (transport === 'token' ? tokenSessionMs(config) : config.sessionTtlMs),
    }
    const usableUntil = Math.min(now + config.refreshTtlMs, session.expiresAt)
    await accounts.startSession(session, { hash, usableUntil })
    return this.#opened(session, account, secret)
  }

  async rotate(refreshToken: string) {
    const { accounts, clock, config } = this.#context
    const { secret, hash } = newSecret('rt')
    const result = await accounts.rotate({
      tokenHash: hashOf(refreshToken),
      nextHash: hash,
      at: clock.now(),
      ttlMs: config.refreshTtlMs,
    })
    if (result.outcome !== 'rotated') return result
    const opened = await this.#opened(result.session, result.account, secret)
    return { outcome: result.outcome, opened } as const
  }

  /** Browsers drop them by themselves when the session is over. */
  cookiesOf({ session, accessToken, refreshToken }: Opened): string[] {
    const { config, clock } = this.#context
    const names = sessionCookieNames(config.secureCookies)
    const seconds = Math.max(1, Math.floor((session.expiresAt - clock.now()) / 1_000))
    const accessSeconds = Math.min(seconds, config.accessTtlMs / 1_000)
    return [
      this.#cookie(names.access, accessToken, accessSeconds, 'Lax', true),
      this.#cookie(names.refresh, refreshToken, seconds, 'Strict', true),
      this.#cookie(names.csrf, csrfTokenOf(session.id), seconds, 'Strict', false),
    ]
  }

  noCookies(): string[] {
    const { access, refresh, csrf } = sessionCookieNames(this.#context.config.secureCookies)
    return [
      this.#cookie(access, '', 0, 'Lax', true),
      this.#cookie(refresh, '', 0, 'Strict', true),
      this.#cookie(csrf, '', 0, 'Strict', false),
    ]
  }

  #cookie(name: string, value: string, seconds: number, sameSite: string, hidden: boolean): string {
    const parts = [`${name}=${value}`, 'Path=/', `Max-Age=${String(seconds)}`]
    if (hidden) parts.push('HttpOnly')
    if (this.#context.config.secureCookies) parts.push('Secure')
    return [...parts, `SameSite=${sameSite}`].join('; ')
  }

  async #opened(
    session: Pick<Session, 'id' | 'expiresAt'>,
    account: Account,
    refreshToken: string,
  ): Promise<Opened> {
    const { keys, clock, config } = this.#context
    const issuedAt = Math.floor(clock.now() / 1_000)
    const ends = Math.floor(session.expiresAt / 1_000)
    const claims = {
      iss: config.issuer,
      aud: config.audience,
      sub: account.id,
      sid: session.id,
      jti: newId(''),
      iat: issuedAt,
      exp: Math.min(issuedAt + config.accessTtlMs / 1_000, ends),
      userId: account.id,
      email: account.email,
      role: account.role,
      tenantId: account.tenantId,
      tenantSlug: account.tenantId,
    }
    const accessToken = await keys.sign(claims, accessTokenType)
    return { session, account, accessToken, refreshToken }
  }
}

/** A program that comes back in time may stay signed in; not for ever, should its tokens leak. */
function tokenSessionMs({ refreshTtlMs }: AccountsConfig): number {
  return Math.max(refreshTtlMs, 30 * 24 * 3_600_000)
}
