import type { Role } from '@sluice/contracts/access'
import type { IdentityChange } from '@sluice/contracts/rpc/auth'

/**
 * Accounts of people, their sessions, and what proves who they are. Times are Unix ms; of every secret only a hash is here.
 *
 * Guaranteed: what changes what an account may do raises the identity revision in the same step and returns the change (entity `key`, since a session is
 * to everybody else a key named `sessionKeyId`); a tenant that has an active owner keeps one; a refresh token is taken once, and a second time ends its
 * session, however the two calls interleave; a one-time token is taken once.
 *
 * Not promised: that what expired is removed at once: `prune` does that.
 */
export interface AccountStore {
  /** Null: its tenant has a local account with this address already. Throws when the tenant is missing. */
  create(account: NewAccount): Promise<IdentityChange | null>
  /** The account that is there, or is made by this call: for people whom a foreign issuer vouches for. */
  ensure(account: NewAccount): Promise<Account>
  find(tenantId: string, userId: string): Promise<Account | null>
  /** Local accounts with this address, at most ten, oldest first; tenant null = in any. Never compared by case. */
  findByEmail(email: string, tenantId: string | null): Promise<readonly AccountWithPassword[]>
  findPassword(tenantId: string, userId: string): Promise<string | null>
  /** In order of their ids, from beyond `after`. */
  list(
    tenantId: string,
    page: { readonly limit: number; readonly after: string | null },
  ): Promise<readonly Account[]>
  update(
    tenantId: string,
    userId: string,
    changes: AccountChanges,
    guard: AccountGuard,
  ): Promise<AccountUpdate>
  /** Its sessions, passkeys and tokens go with it. */
  delete(tenantId: string, userId: string, guard: AccountGuard): Promise<AccountUpdate>
  /**
   * Sets the password and makes an invited account active. Every session but `keepSession` ends, and every one-time token of the account with them.
   * Null: there is no such account, or it is disabled.
   */
  setPassword(
    tenantId: string,
    userId: string,
    passwordHash: string,
    options: { readonly at: number; readonly keepSession: string | null },
  ): Promise<IdentityChange | null>
  /** The same password under another cost: nothing else changes. */
  rehash(tenantId: string, userId: string, from: string, to: string): Promise<void>

  startSession(session: NewSession, firstToken: FirstToken): Promise<void>
  /** With its account; null when there is no such session. */
  findSession(
    sessionId: string,
  ): Promise<{ readonly session: Session; readonly account: Account } | null>
  /** Takes a refresh token in exchange for another. */
  rotate(rotation: Rotation): Promise<RotationResult>
  /** The session that a refresh token is or was of. */
  findSessionByToken(tokenHash: string): Promise<Session | null>
  /** Null: no session of the account is open. */
  endSessions(tenantId: string, userId: string, at: number): Promise<IdentityChange | null>
  /** Null: there is no such session, or it ended before. */
  endSession(tenantId: string, sessionId: string, at: number): Promise<IdentityChange | null>

  /** Others of the same purpose and account are gone then. */
  saveToken(token: OneTimeToken): Promise<void>
  /** What it was made for, once, and only before it expires. */
  takeToken(
    tokenHash: string,
    purpose: OneTimeToken['purpose'],
    at: number,
  ): Promise<OneTimeToken | null>
  /** What `takeToken` would give, left where it is. */
  readToken(
    tokenHash: string,
    purpose: OneTimeToken['purpose'],
    at: number,
  ): Promise<OneTimeToken | null>

  /** Counts one attempt; returns how many there are in the window that this one fell in, and when that ends. */
  countAttempt(
    bucket: string,
    windowMs: number,
    at: number,
  ): Promise<{ readonly count: number; readonly endsAt: number }>
  /** Takes back `count` attempts (those that were right after all); null = all of them. */
  forgiveAttempts(bucket: string, count: number | null): Promise<void>

  /** False: this credential is registered already. */
  addPasskey(passkey: Passkey): Promise<boolean>
  listPasskeys(tenantId: string, userId: string): Promise<readonly Passkey[]>
  findPasskey(id: string): Promise<Passkey | null>
  notePasskeyUse(id: string, counter: number, at: number): Promise<void>
  removePasskey(tenantId: string, userId: string, id: string): Promise<boolean>

  /** Removes sessions, tokens and attempts that are of no use any more. */
  prune(at: number): Promise<void>
}

export type AccountStatus = 'active' | 'invited' | 'disabled'

export interface Account {
  /** Unique over all tenants. */
  readonly id: string
  readonly tenantId: string
  /** As it was written. */
  readonly email: string
  readonly name: string
  readonly role: Role
  readonly status: AccountStatus
  /** `external`: a foreign issuer vouches for it; it has no password here, and its address is not proved. */
  readonly origin: 'local' | 'external'
  readonly createdAt: number
  readonly lastLoginAt: number | null
}

export interface AccountWithPassword extends Account {
  /** PHC string; null = no password was set. */
  readonly passwordHash: string | null
}

export type NewAccount = Omit<AccountWithPassword, 'lastLoginAt'>

export type AccountChanges = Partial<Pick<Account, 'name' | 'role' | 'status'>>

export interface AccountGuard {
  /** Accounts of other roles are not touched: checked together with the change. */
  readonly within: readonly Role[]
  readonly at: number
}

export type AccountUpdate =
  | {
      readonly outcome: 'changed'
      readonly change: IdentityChange
      readonly before: Account
      /** Null: deleted. */
      readonly after: Account | null
    }
  | { readonly outcome: 'unchanged'; readonly before: Account }
  | { readonly outcome: 'missing' }
  | { readonly outcome: 'forbidden' }
  | { readonly outcome: 'last_owner' }

export interface NewSession {
  /** Random, and no more to be guessed than a key. */
  readonly id: string
  readonly tenantId: string
  readonly userId: string
  readonly createdAt: number
  /** Past it no token of the session is taken, however fresh. */
  readonly expiresAt: number
}

export interface FirstToken {
  readonly hash: string
  /** When it is not exchanged by then it is of no use. */
  readonly usableUntil: number
}

export interface Session extends NewSession {
  readonly endedAt: number | null
}

export interface Rotation {
  readonly tokenHash: string
  readonly nextHash: string
  readonly at: number
  /** How long a refresh token is good for when it is not used. */
  readonly ttlMs: number
}

export type RotationResult =
  | { readonly outcome: 'rotated'; readonly session: Session; readonly account: Account }
  /** Somebody has a copy: the session has ended. `change` is null when it had before. */
  | {
      readonly outcome: 'reused'
      readonly session: Session
      readonly change: IdentityChange | null
    }
  /** Unknown, expired, or of a session or account that is not live. */
  | { readonly outcome: 'refused' }

export interface OneTimeToken {
  /** SHA-256 in hex. */
  readonly hash: string
  readonly purpose:
    | 'invitation'
    | 'password-reset'
    | 'passkey-registration'
    | 'passkey-login'
    | 'oidc'
  /** Null = of nobody yet. */
  readonly tenantId: string | null
  readonly userId: string | null
  readonly data: string | null
  readonly expiresAt: number
}

export interface Passkey {
  /** Credential id, base64url; unique over all tenants. */
  readonly id: string
  readonly tenantId: string
  readonly userId: string
  readonly name: string
  /** COSE key, base64url. */
  readonly publicKey: string
  readonly counter: number
  readonly transports: readonly string[]
  readonly createdAt: number
  readonly lastUsedAt: number | null
}
