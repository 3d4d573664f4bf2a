import type { IdentityChange } from '@sluice/contracts/rpc/auth'
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
} from '@sluice/store/account-store'
import { accountChange, sessionChange, type UserChange } from '@sluice/store/identity-facts'
import {
  accountColumns,
  type AccountRow,
  type PasskeyRow,
  passkeyColumns,
  sessionColumns,
  type SessionRow,
  toAccount,
  toPasskey,
  toSession,
  toToken,
  tokenColumns,
  type TokenRow,
  withoutPassword,
} from './account-rows.ts'
import type { Database, Queryable } from './database.ts'
import type { IdentityChanges, Tell } from './identity-changes.ts'

/** Accounts in the `auth` schema, beside what `createPostgresAuthStore` made of it. */
export function createPostgresAccountStore({
  changes,
}: {
  readonly changes: IdentityChanges
}): AccountStore {
  return new PostgresAccountStore(changes)
}

/** For what no tenant is known yet: a login, a refresh token. */
const service = { service: 'auth' } as const

class PostgresAccountStore implements AccountStore {
  readonly #database: Database
  readonly #changes: IdentityChanges

  constructor(changes: IdentityChanges) {
    this.#database = changes.database
    this.#changes = changes
  }

  create(account: NewAccount): Promise<IdentityChange | null> {
    return this.#changes.make(
      async (transaction, tell) => {
        const { count } = await transaction.query(
          `INSERT INTO auth.users (id, tenant_id, email, name, role, status, origin, password_hash, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
          [
            account.id,
            account.tenantId,
            account.email,
            account.name,
            account.role,
            account.status,
            account.origin,
            account.passwordHash,
            account.createdAt,
          ],
        )
        return count === 0 ? null : told(tell, account, 'created', account.createdAt)
      },
      { tenant: account.tenantId },
    )
  }

  async ensure(account: NewAccount): Promise<Account> {
    const known = await this.find(account.tenantId, account.id)
    if (known) return known
    await this.create(account)
    const made = await this.find(account.tenantId, account.id)
    if (!made) throw new Error(`account ${account.id} is another's`)
    return made
  }

  async find(tenantId: string, userId: string): Promise<Account | null> {
    const { rows } = await this.#database.query<AccountRow>(
      `SELECT ${accountColumns} FROM auth.users WHERE tenant_id = $1 AND id = $2`,
      [tenantId, userId],
      { tenant: tenantId },
    )
    return rows[0] ? withoutPassword(toAccount(rows[0])) : null
  }

  async findByEmail(
    email: string,
    tenantId: string | null,
  ): Promise<readonly AccountWithPassword[]> {
    const { rows } = await this.#database.query<AccountRow>(
      `SELECT ${accountColumns} FROM auth.users
       WHERE lower(email) = lower($1) AND origin = 'local' AND ($2::text IS NULL OR tenant_id = $2)
       ORDER BY created_at, id LIMIT 10`,
      [email, tenantId],
      tenantId === null ? service : { tenant: tenantId },
    )
    return rows.map(toAccount)
  }

  async findPassword(tenantId: string, userId: string): Promise<string | null> {
    const { rows } = await this.#database.query<{ password_hash: string | null }>(
      'SELECT password_hash FROM auth.users WHERE tenant_id = $1 AND id = $2',
      [tenantId, userId],
      { tenant: tenantId },
    )
    return rows[0]?.password_hash ?? null
  }

  async list(
    tenantId: string,
    { limit, after }: { readonly limit: number; readonly after: string | null },
  ): Promise<readonly Account[]> {
    const { rows } = await this.#database.query<AccountRow>(
      `SELECT ${accountColumns} FROM auth.users
       WHERE tenant_id = $1 AND ($2::text IS NULL OR id COLLATE "C" > $2) ORDER BY id COLLATE "C" LIMIT $3`,
      [tenantId, after, limit],
      { tenant: tenantId },
    )
    return rows.map((row) => withoutPassword(toAccount(row)))
  }

  update(
    tenantId: string,
    userId: string,
    changes: AccountChanges,
    guard: AccountGuard,
  ): Promise<AccountUpdate> {
    return this.#changes.make(
      async (transaction, tell) => {
        const { known, refused } = await guarded(transaction, tenantId, userId, guard, changes)
        if (refused || !known) return { outcome: refused ?? 'missing' }
        const after = { ...known, ...changes }
        const { name, role, status } = after
        if (name === known.name && role === known.role && status === known.status)
          return { outcome: 'unchanged', before: known }
        await transaction.query(
          'UPDATE auth.users SET name = $3, role = $4, status = $5 WHERE tenant_id = $1 AND id = $2',
          [tenantId, userId, name, role, status],
        )
        const what = accountChange(known, after)
        if (what === 'disabled') await endSessions(transaction, userId, null, guard.at)
        const change = await told(tell, known, what, guard.at)
        return { outcome: 'changed', change, before: known, after }
      },
      { tenant: tenantId },
    )
  }

  delete(tenantId: string, userId: string, guard: AccountGuard): Promise<AccountUpdate> {
    return this.#changes.make(
      async (transaction, tell) => {
        const { known, refused } = await guarded(transaction, tenantId, userId, guard, null)
        if (refused || !known) return { outcome: refused ?? 'missing' }
        await transaction.query('DELETE FROM auth.users WHERE tenant_id = $1 AND id = $2', [
          tenantId,
          userId,
        ])
        const change = await told(tell, known, 'deleted', guard.at)
        return { outcome: 'changed', change, before: known, after: null }
      },
      { tenant: tenantId },
    )
  }

  setPassword(
    tenantId: string,
    userId: string,
    passwordHash: string,
    { at, keepSession }: { readonly at: number; readonly keepSession: string | null },
  ): Promise<IdentityChange | null> {
    return this.#changes.make(
      async (transaction, tell) => {
        const { count } = await transaction.query(
          `UPDATE auth.users SET password_hash = $3, status = 'active'
           WHERE tenant_id = $1 AND id = $2 AND status <> 'disabled' AND origin = 'local'`,
          [tenantId, userId, passwordHash],
        )
        if (count === 0) return null
        await endSessions(transaction, userId, keepSession, at)
        await transaction.query('DELETE FROM auth.one_time_tokens WHERE user_id = $1', [userId])
        return told(tell, { id: userId, tenantId }, 'changed', at)
      },
      { tenant: tenantId },
    )
  }

  async rehash(tenantId: string, userId: string, from: string, to: string): Promise<void> {
    await this.#database.query(
      'UPDATE auth.users SET password_hash = $4 WHERE tenant_id = $1 AND id = $2 AND password_hash = $3',
      [tenantId, userId, from, to],
      { tenant: tenantId },
    )
  }

  startSession(session: NewSession, firstToken: FirstToken): Promise<void> {
    const { id, tenantId, userId, createdAt, expiresAt } = session
    return this.#database.transaction(
      async (transaction) => {
        await transaction.query(
          'INSERT INTO auth.sessions (id, tenant_id, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)',
          [id, tenantId, userId, createdAt, expiresAt],
        )
        await saveRefreshToken(transaction, firstToken.hash, session, firstToken.usableUntil)
        await transaction.query('UPDATE auth.users SET last_login_at = $2 WHERE id = $1', [
          userId,
          createdAt,
        ])
      },
      { tenant: tenantId },
    )
  }

  async findSession(
    sessionId: string,
  ): Promise<{ readonly session: Session; readonly account: Account } | null> {
    const found = await this.#database.query<SessionRow>(
      `SELECT ${sessionColumns} FROM auth.sessions WHERE id = $1`,
      [sessionId],
      service,
    )
    const session = found.rows[0] && toSession(found.rows[0])
    const account = session && (await this.find(session.tenantId, session.userId))
    return account ? { session, account } : null
  }

  rotate({ tokenHash, nextHash, at, ttlMs }: Rotation): Promise<RotationResult> {
    return this.#changes.make<RotationResult>(async (transaction, tell) => {
      // Locks the token's row: of two calls with the same token the second one sees what the first did.
      const tokens = await transaction.query<RefreshTokenRow>(
        'SELECT session_id, usable_until, used_at FROM auth.refresh_tokens WHERE hash = $1 FOR UPDATE',
        [tokenHash],
      )
      const token = tokens.rows[0]
      if (!token) return { outcome: 'refused' }
      const sessions = await transaction.query<SessionRow>(
        `SELECT ${sessionColumns} FROM auth.sessions WHERE id = $1 FOR UPDATE`,
        [token.session_id],
      )
      const session = sessions.rows[0] && toSession(sessions.rows[0])
      if (!session) return { outcome: 'refused' }
      if (token.used_at !== null) {
        const change = await endSession(transaction, tell, session, at)
        return {
          outcome: 'reused',
          session: { ...session, endedAt: session.endedAt ?? at },
          change,
        }
      }
      const users = await transaction.query<AccountRow>(
        `SELECT ${accountColumns} FROM auth.users WHERE id = $1`,
        [session.userId],
      )
      const account = users.rows[0] && withoutPassword(toAccount(users.rows[0]))
      const live = session.endedAt === null && session.expiresAt > at && token.usable_until > at
      if (!live || account?.status !== 'active') return { outcome: 'refused' }
      await transaction.query('UPDATE auth.refresh_tokens SET used_at = $2 WHERE hash = $1', [
        tokenHash,
        at,
      ])
      const usableUntil = Math.min(at + ttlMs, session.expiresAt)
      await saveRefreshToken(transaction, nextHash, session, usableUntil)
      return { outcome: 'rotated', session, account }
    }, service)
  }

  async findSessionByToken(tokenHash: string): Promise<Session | null> {
    const { rows } = await this.#database.query<SessionRow>(
      `SELECT ${sessionColumns} FROM auth.sessions
       WHERE id = (SELECT session_id FROM auth.refresh_tokens WHERE hash = $1)`,
      [tokenHash],
      service,
    )
    return rows[0] ? toSession(rows[0]) : null
  }

  endSessions(tenantId: string, userId: string, at: number): Promise<IdentityChange | null> {
    return this.#changes.make(
      async (transaction, tell) => {
        const ended = await endSessions(transaction, userId, null, at)
        return ended === 0 ? null : signedOut(tell, { userId, tenantId }, at)
      },
      { tenant: tenantId },
    )
  }

  endSession(tenantId: string, sessionId: string, at: number): Promise<IdentityChange | null> {
    return this.#changes.make(
      async (transaction, tell) => {
        const { rows } = await transaction.query<SessionRow>(
          `SELECT ${sessionColumns} FROM auth.sessions WHERE tenant_id = $1 AND id = $2 FOR UPDATE`,
          [tenantId, sessionId],
        )
        return rows[0] ? endSession(transaction, tell, toSession(rows[0]), at) : null
      },
      { tenant: tenantId },
    )
  }

  saveToken(token: OneTimeToken): Promise<void> {
    const { hash, purpose, tenantId, userId, data, expiresAt } = token
    return this.#database.transaction(async (transaction) => {
      if (userId !== null) {
        await transaction.query(
          'DELETE FROM auth.one_time_tokens WHERE user_id = $1 AND purpose = $2',
          [userId, purpose],
        )
      }
      await transaction.query(
        `INSERT INTO auth.one_time_tokens (hash, purpose, tenant_id, user_id, data, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
        [hash, purpose, tenantId, userId, data, expiresAt],
      )
    }, service)
  }

  async takeToken(
    tokenHash: string,
    purpose: OneTimeToken['purpose'],
    at: number,
  ): Promise<OneTimeToken | null> {
    const { rows } = await this.#database.query<TokenRow>(
      `DELETE FROM auth.one_time_tokens WHERE hash = $1 AND purpose = $2 AND expires_at > $3 RETURNING ${tokenColumns}`,
      [tokenHash, purpose, at],
      service,
    )
    return rows[0] ? toToken(rows[0]) : null
  }

  async readToken(
    tokenHash: string,
    purpose: OneTimeToken['purpose'],
    at: number,
  ): Promise<OneTimeToken | null> {
    const { rows } = await this.#database.query<TokenRow>(
      `SELECT ${tokenColumns} FROM auth.one_time_tokens WHERE hash = $1 AND purpose = $2 AND expires_at > $3`,
      [tokenHash, purpose, at],
      service,
    )
    return rows[0] ? toToken(rows[0]) : null
  }

  async countAttempt(
    bucket: string,
    windowMs: number,
    at: number,
  ): Promise<{ readonly count: number; readonly endsAt: number }> {
    const { rows } = await this.#database.query<{ count: number; ends_at: number }>(
      `INSERT INTO auth.attempts AS known (bucket, count, ends_at) VALUES ($1, 1, $2::bigint + $3::bigint)
       ON CONFLICT (bucket) DO UPDATE SET
         count = CASE WHEN known.ends_at > $2 THEN known.count + 1 ELSE 1 END,
         ends_at = CASE WHEN known.ends_at > $2 THEN known.ends_at ELSE excluded.ends_at END
       RETURNING count, ends_at`,
      [bucket, at, windowMs],
      service,
    )
    const [row] = rows
    if (!row) throw new Error('an upsert returned nothing')
    return { count: row.count, endsAt: row.ends_at }
  }

  async forgiveAttempts(bucket: string, count: number | null): Promise<void> {
    await this.#database.query(
      'UPDATE auth.attempts SET count = greatest(0, count - coalesce($2::integer, count)) WHERE bucket = $1',
      [bucket, count],
      service,
    )
  }

  async addPasskey(passkey: Passkey): Promise<boolean> {
    const { count } = await this.#database.query(
      `INSERT INTO auth.passkeys (${passkeyColumns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
      [
        passkey.id,
        passkey.tenantId,
        passkey.userId,
        passkey.name,
        passkey.publicKey,
        passkey.counter,
        passkey.transports.join(','),
        passkey.createdAt,
        passkey.lastUsedAt,
      ],
      { tenant: passkey.tenantId },
    )
    return count > 0
  }

  async listPasskeys(tenantId: string, userId: string): Promise<readonly Passkey[]> {
    const { rows } = await this.#database.query<PasskeyRow>(
      `SELECT ${passkeyColumns} FROM auth.passkeys WHERE tenant_id = $1 AND user_id = $2 ORDER BY created_at, id`,
      [tenantId, userId],
      { tenant: tenantId },
    )
    return rows.map(toPasskey)
  }

  async findPasskey(id: string): Promise<Passkey | null> {
    const { rows } = await this.#database.query<PasskeyRow>(
      `SELECT ${passkeyColumns} FROM auth.passkeys WHERE id = $1`,
      [id],
      service,
    )
    return rows[0] ? toPasskey(rows[0]) : null
  }

  async notePasskeyUse(id: string, counter: number, at: number): Promise<void> {
    await this.#database.query(
      'UPDATE auth.passkeys SET counter = $2, last_used_at = $3 WHERE id = $1',
      [id, counter, at],
      service,
    )
  }

  async removePasskey(tenantId: string, userId: string, id: string): Promise<boolean> {
    const { count } = await this.#database.query(
      'DELETE FROM auth.passkeys WHERE tenant_id = $1 AND user_id = $2 AND id = $3',
      [tenantId, userId, id],
      { tenant: tenantId },
    )
    return count > 0
  }

  async prune(at: number): Promise<void> {
    for (const [table, column] of [
      ['sessions', 'expires_at'],
      ['one_time_tokens', 'expires_at'],
      ['attempts', 'ends_at'],
    ] as const) {
      await this.#database.query(`DELETE FROM auth.${table} WHERE ${column} <= $1`, [at], service)
    }
  }
}

interface RefreshTokenRow {
  readonly session_id: string
  readonly usable_until: number
  readonly used_at: number | null
}

/** The account as it is, locked, and whether it must stay so. `changes` null = it is to be deleted. */
async function guarded(
  transaction: Queryable,
  tenantId: string,
  userId: string,
  { within }: AccountGuard,
  changes: AccountChanges | null,
): Promise<{
  readonly known: Account | null
  readonly refused: 'missing' | 'forbidden' | 'last_owner' | null
}> {
  // The owners, too: two of them that give up being one at the same time take turns.
  const { rows } = await transaction.query<AccountRow>(
    `SELECT ${accountColumns} FROM auth.users
     WHERE tenant_id = $1 AND (id = $2 OR (role = 'owner' AND status = 'active')) ORDER BY id FOR UPDATE`,
    [tenantId, userId],
  )
  const accounts = rows.map((row) => withoutPassword(toAccount(row)))
  const known = accounts.find(({ id }) => id === userId) ?? null
  if (!known) return { known, refused: 'missing' }
  if (!within.includes(known.role)) return { known, refused: 'forbidden' }
  const next = changes && { ...known, ...changes }
  if (!isOwner(known) || (next && isOwner(next))) return { known, refused: null }
  const others = accounts.some((other) => other.id !== userId && isOwner(other))
  return { known, refused: others ? null : 'last_owner' }
}

function isOwner({ role, status }: Account): boolean {
  return role === 'owner' && status === 'active'
}

async function endSessions(
  transaction: Queryable,
  userId: string,
  except: string | null,
  at: number,
): Promise<number> {
  const { count } = await transaction.query(
    `UPDATE auth.sessions SET ended_at = $3 WHERE user_id = $1 AND ended_at IS NULL AND id IS DISTINCT FROM $2`,
    [userId, except, at],
  )
  return count
}

async function endSession(
  transaction: Queryable,
  tell: Tell,
  session: Session,
  at: number,
): Promise<IdentityChange | null> {
  if (session.endedAt !== null) return null
  await transaction.query('UPDATE auth.sessions SET ended_at = $2 WHERE id = $1', [session.id, at])
  return signedOut(tell, session, at)
}

async function saveRefreshToken(
  transaction: Queryable,
  hash: string,
  { id, tenantId }: Pick<Session, 'id' | 'tenantId'>,
  usableUntil: number,
): Promise<void> {
  await transaction.query(
    'INSERT INTO auth.refresh_tokens (hash, session_id, tenant_id, usable_until) VALUES ($1, $2, $3, $4)',
    [hash, id, tenantId, usableUntil],
  )
}

async function told(
  tell: Tell,
  { id, tenantId }: Pick<Account, 'id' | 'tenantId'>,
  change: UserChange,
  at: number,
): Promise<IdentityChange> {
  const revision = await tell({ entity: 'user', id, tenantId, change, at })
  return { ...sessionChange(id, change, at), revision }
}

async function signedOut(
  tell: Tell,
  { userId, tenantId }: Pick<Session, 'userId' | 'tenantId'>,
  at: number,
): Promise<IdentityChange> {
  const change = sessionChange(userId, 'changed', at)
  return { ...change, revision: await tell({ ...change, tenantId }) }
}
