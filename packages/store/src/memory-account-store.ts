import type { IdentityChange } from '@sluice/contracts/rpc/auth'
import type { AuthStore } from './auth-store.ts'
import type { RevisionOwner } from './memory-auth-store.ts'
import type {
  Account,
  AccountChanges,
  AccountGuard,
  AccountStore,
  AccountUpdate,
  AccountWithPassword,
  FirstToken,
  NewAccount,
  NewSession,
  OneTimeToken,
  Passkey,
  Rotation,
  RotationResult,
  Session,
} from './account-store.ts'
import { accountChange, sessionChange, type UserChange } from './identity-facts.ts'

/** For tests and simulation: lives as long as the process. `identity` has the tenants, and the revision that both share. */
export function createMemoryAccountStore(
  identity: Pick<AuthStore, 'tenants'> & RevisionOwner,
): AccountStore {
  return new MemoryAccountStore(identity)
}

interface RefreshToken {
  readonly sessionId: string
  readonly usableUntil: number
  used: boolean
}

/** Every step that must be atomic has no `await` between its first read and its last write. */
class MemoryAccountStore implements AccountStore {
  readonly #identity: Pick<AuthStore, 'tenants'> & RevisionOwner
  readonly #accounts = new Map<string, AccountWithPassword>()
  readonly #sessions = new Map<string, Session>()
  readonly #refreshTokens = new Map<string, RefreshToken>()
  readonly #tokens = new Map<string, OneTimeToken>()
  readonly #attempts = new Map<string, { count: number; endsAt: number }>()
  readonly #passkeys = new Map<string, Passkey>()

  constructor(identity: Pick<AuthStore, 'tenants'> & RevisionOwner) {
    this.#identity = identity
  }

  async create(account: NewAccount): Promise<IdentityChange | null> {
    if (!(await this.#identity.tenants.find(account.tenantId, account.tenantId)))
      throw new Error(`there is no tenant ${account.tenantId}`)
    const taken = [...this.#accounts.values()].some(
      (other) =>
        other.id === account.id ||
        (account.origin === 'local' && isLocal(other, account.email, account.tenantId)),
    )
    if (taken) return null
    this.#accounts.set(account.id, { ...account, lastLoginAt: null })
    return this.#changed(account, 'created', account.createdAt)
  }

  async ensure(account: NewAccount): Promise<Account> {
    await this.create(account)
    const found = this.#accounts.get(account.id)
    if (found?.tenantId !== account.tenantId) throw new Error(`account ${account.id} is another's`)
    return publicPart(found)
  }

  async find(tenantId: string, userId: string): Promise<Account | null> {
    const found = this.#of(tenantId, userId)
    return found && publicPart(found)
  }

  async findByEmail(
    email: string,
    tenantId: string | null,
  ): Promise<readonly AccountWithPassword[]> {
    return [...this.#accounts.values()]
      .filter((account) => isLocal(account, email, tenantId ?? account.tenantId))
      .toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
      .slice(0, 10)
      .map((account) => ({ ...account }))
  }

  async findPassword(tenantId: string, userId: string): Promise<string | null> {
    return this.#of(tenantId, userId)?.passwordHash ?? null
  }

  async list(
    tenantId: string,
    { limit, after }: { readonly limit: number; readonly after: string | null },
  ): Promise<readonly Account[]> {
    return [...this.#accounts.values()]
      .filter((account) => account.tenantId === tenantId && (after === null || account.id > after))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, limit)
      .map(publicPart)
  }

  async update(
    tenantId: string,
    userId: string,
    changes: AccountChanges,
    guard: AccountGuard,
  ): Promise<AccountUpdate> {
    const known = this.#of(tenantId, userId)
    const refused = this.#refusal(known, guard, { ...known, ...changes })
    if (refused || !known) return { outcome: refused ?? 'missing' }
    const before = publicPart(known)
    const changed = { ...known, ...changes }
    const after = publicPart(changed)
    if (JSON.stringify(after) === JSON.stringify(before)) return { outcome: 'unchanged', before }
    this.#accounts.set(userId, changed)
    const what = accountChange(before, after)
    if (what === 'disabled') this.#endSessions(userId, null, guard.at)
    const change = this.#changed(known, what, guard.at)
    return { outcome: 'changed', change, before, after }
  }

  async delete(tenantId: string, userId: string, guard: AccountGuard): Promise<AccountUpdate> {
    const known = this.#of(tenantId, userId)
    const refused = this.#refusal(known, guard, null)
    if (refused || !known) return { outcome: refused ?? 'missing' }
    this.#accounts.delete(userId)
    for (const session of this.#sessions.values())
      if (session.userId === userId) this.#sessions.delete(session.id)
    for (const [hash, token] of this.#refreshTokens)
      if (!this.#sessions.has(token.sessionId)) this.#refreshTokens.delete(hash)
    for (const passkey of this.#passkeys.values())
      if (passkey.userId === userId) this.#passkeys.delete(passkey.id)
    this.#dropTokens(userId, null)
    const change = this.#changed(known, 'deleted', guard.at)
    return { outcome: 'changed', change, before: publicPart(known), after: null }
  }

  async setPassword(
    tenantId: string,
    userId: string,
    passwordHash: string,
    { at, keepSession }: { readonly at: number; readonly keepSession: string | null },
  ): Promise<IdentityChange | null> {
    const known = this.#of(tenantId, userId)
    if (!known || known.status === 'disabled' || known.origin !== 'local') return null
    this.#accounts.set(userId, { ...known, passwordHash, status: 'active' })
    this.#endSessions(userId, keepSession, at)
    this.#dropTokens(userId, null)
    return this.#changed(known, 'changed', at)
  }

  async rehash(tenantId: string, userId: string, from: string, to: string): Promise<void> {
    const known = this.#of(tenantId, userId)
    if (known?.passwordHash === from) this.#accounts.set(userId, { ...known, passwordHash: to })
  }

  async startSession(session: NewSession, firstToken: FirstToken): Promise<void> {
    const account = this.#of(session.tenantId, session.userId)
    if (!account) throw new Error(`there is no account ${session.userId}`)
    this.#sessions.set(session.id, { ...session, endedAt: null })
    this.#refreshTokens.set(firstToken.hash, {
      sessionId: session.id,
      usableUntil: firstToken.usableUntil,
      used: false,
    })
    this.#accounts.set(account.id, { ...account, lastLoginAt: session.createdAt })
  }

  async findSession(
    sessionId: string,
  ): Promise<{ readonly session: Session; readonly account: Account } | null> {
    const session = this.#sessions.get(sessionId)
    const account = session && this.#of(session.tenantId, session.userId)
    return account ? { session: { ...session }, account: publicPart(account) } : null
  }

  async rotate({ tokenHash, nextHash, at, ttlMs }: Rotation): Promise<RotationResult> {
    const token = this.#refreshTokens.get(tokenHash)
    const session = token && this.#sessions.get(token.sessionId)
    if (!session) return { outcome: 'refused' }
    if (token.used) {
      const change = await this.endSession(session.tenantId, session.id, at)
      return { outcome: 'reused', session: { ...session, endedAt: session.endedAt ?? at }, change }
    }
    const account = this.#of(session.tenantId, session.userId)
    const live = session.endedAt === null && session.expiresAt > at && token.usableUntil > at
    if (!live || account?.status !== 'active') return { outcome: 'refused' }
    token.used = true
    const usableUntil = Math.min(at + ttlMs, session.expiresAt)
    this.#refreshTokens.set(nextHash, { sessionId: session.id, usableUntil, used: false })
    return { outcome: 'rotated', session: { ...session }, account: publicPart(account) }
  }

  async findSessionByToken(tokenHash: string): Promise<Session | null> {
    const session = this.#sessions.get(this.#refreshTokens.get(tokenHash)?.sessionId ?? '')
    return session ? { ...session } : null
  }

  async endSessions(tenantId: string, userId: string, at: number): Promise<IdentityChange | null> {
    if (!this.#of(tenantId, userId)) return null
    const ended = this.#endSessions(userId, null, at)
    return ended > 0 ? this.#signedOut({ userId, tenantId }, at) : null
  }

  async endSession(
    tenantId: string,
    sessionId: string,
    at: number,
  ): Promise<IdentityChange | null> {
    const session = this.#sessions.get(sessionId)
    if (session?.tenantId !== tenantId || session.endedAt !== null) return null
    this.#sessions.set(sessionId, { ...session, endedAt: at })
    return this.#signedOut(session, at)
  }

  async saveToken(token: OneTimeToken): Promise<void> {
    if (token.userId !== null) this.#dropTokens(token.userId, token.purpose)
    this.#tokens.set(token.hash, token)
  }

  async takeToken(
    tokenHash: string,
    purpose: OneTimeToken['purpose'],
    at: number,
  ): Promise<OneTimeToken | null> {
    const token = await this.readToken(tokenHash, purpose, at)
    // Only one of two callers finds it still there.
    return token && this.#tokens.delete(tokenHash) ? token : null
  }

  async readToken(
    tokenHash: string,
    purpose: OneTimeToken['purpose'],
    at: number,
  ): Promise<OneTimeToken | null> {
    const token = this.#tokens.get(tokenHash)
    return token?.purpose === purpose && token.expiresAt > at ? token : null
  }

  async countAttempt(
    bucket: string,
    windowMs: number,
    at: number,
  ): Promise<{ readonly count: number; readonly endsAt: number }> {
    const known = this.#attempts.get(bucket)
    const current = known && known.endsAt > at ? known : { count: 0, endsAt: at + windowMs }
    current.count += 1
    this.#attempts.set(bucket, current)
    return { ...current }
  }

  async forgiveAttempts(bucket: string, count: number | null): Promise<void> {
    const known = this.#attempts.get(bucket)
    if (!known) return
    known.count = count === null ? 0 : Math.max(0, known.count - count)
  }

  async addPasskey(passkey: Passkey): Promise<boolean> {
    if (this.#passkeys.has(passkey.id)) return false
    this.#passkeys.set(passkey.id, { ...passkey })
    return true
  }

  async listPasskeys(tenantId: string, userId: string): Promise<readonly Passkey[]> {
    return [...this.#passkeys.values()]
      .filter((passkey) => passkey.tenantId === tenantId && passkey.userId === userId)
      .toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
      .map((passkey) => ({ ...passkey }))
  }

  async findPasskey(id: string): Promise<Passkey | null> {
    const found = this.#passkeys.get(id)
    return found ? { ...found } : null
  }

  async notePasskeyUse(id: string, counter: number, at: number): Promise<void> {
    const known = this.#passkeys.get(id)
    if (known) this.#passkeys.set(id, { ...known, counter, lastUsedAt: at })
  }

  async removePasskey(tenantId: string, userId: string, id: string): Promise<boolean> {
    const known = this.#passkeys.get(id)
    if (known?.tenantId !== tenantId || known.userId !== userId) return false
    return this.#passkeys.delete(id)
  }

  async prune(at: number): Promise<void> {
    for (const session of this.#sessions.values())
      if (session.expiresAt <= at) this.#sessions.delete(session.id)
    for (const [hash, { sessionId }] of this.#refreshTokens)
      if (!this.#sessions.has(sessionId)) this.#refreshTokens.delete(hash)
    for (const token of this.#tokens.values())
      if (token.expiresAt <= at) this.#tokens.delete(token.hash)
    for (const [bucket, { endsAt }] of this.#attempts)
      if (endsAt <= at) this.#attempts.delete(bucket)
  }

  #of(tenantId: string, userId: string): AccountWithPassword | null {
    const found = this.#accounts.get(userId)
    return found?.tenantId === tenantId ? found : null
  }

  /** `next`: what the account would be; null = gone. */
  #refusal(
    known: Account | null,
    { within }: AccountGuard,
    next: Partial<Account> | null,
  ): 'missing' | 'forbidden' | 'last_owner' | null {
    if (!known) return 'missing'
    if (!within.includes(known.role)) return 'forbidden'
    const stays = next?.role === 'owner' && next.status === 'active'
    if (!isOwner(known) || stays) return null
    const others = [...this.#accounts.values()].filter(
      (other) => other.tenantId === known.tenantId && other.id !== known.id && isOwner(other),
    )
    return others.length === 0 ? 'last_owner' : null
  }

  #endSessions(userId: string, except: string | null, at: number): number {
    let ended = 0
    for (const session of this.#sessions.values()) {
      if (session.userId !== userId || session.id === except || session.endedAt !== null) continue
      this.#sessions.set(session.id, { ...session, endedAt: at })
      ended += 1
    }
    return ended
  }

  #dropTokens(userId: string, purpose: OneTimeToken['purpose'] | null): void {
    for (const token of this.#tokens.values()) {
      if (token.userId !== userId || (purpose !== null && token.purpose !== purpose)) continue
      this.#tokens.delete(token.hash)
    }
  }

  #changed(
    { id, tenantId }: Pick<Account, 'id' | 'tenantId'>,
    change: UserChange,
    at: number,
  ): IdentityChange {
    const revision = this.#identity.tell({ entity: 'user', id, tenantId, change, at })
    return { ...sessionChange(id, change, at), revision }
  }

  #signedOut({ userId, tenantId }: Pick<Session, 'userId' | 'tenantId'>, at: number) {
    const change = sessionChange(userId, 'changed', at)
    return { ...change, revision: this.#identity.tell({ ...change, tenantId }) }
  }
}

function isOwner({ role, status }: Account): boolean {
  return role === 'owner' && status === 'active'
}

function isLocal(account: Account, email: string, tenantId: string): boolean {
  return (
    account.origin === 'local' &&
    account.tenantId === tenantId &&
    account.email.toLowerCase() === email.toLowerCase()
  )
}

function publicPart({ passwordHash: _password, ...account }: AccountWithPassword): Account {
  return account
}
