import type {
  Account,
  AccountWithPassword,
  OneTimeToken,
  Passkey,
  Session,
} from '@sluice/store/account-store'

export interface AccountRow {
  readonly id: string
  readonly tenant_id: string
  readonly email: string
  readonly name: string
  readonly role: Account['role']
  readonly status: Account['status']
  readonly origin: Account['origin']
  readonly password_hash: string | null
  readonly created_at: number
  readonly last_login_at: number | null
}

export const accountColumns =
  'id, tenant_id, email, name, role, status, origin, password_hash, created_at, last_login_at'

export function toAccount(row: AccountRow): AccountWithPassword {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    email: row.email,
    name: row.name,
    role: row.role,
    status: row.status,
    origin: row.origin,
    passwordHash: row.password_hash,
    createdAt: row.created_at,
    lastLoginAt: row.last_login_at,
  }
}

export function withoutPassword({
  passwordHash: _password,
  ...account
}: AccountWithPassword): Account {
  return account
}

export interface SessionRow {
  readonly id: string
  readonly tenant_id: string
  readonly user_id: string
  readonly created_at: number
  readonly expires_at: number
  readonly ended_at: number | null
}

export const sessionColumns = 'id, tenant_id, user_id, created_at, expires_at, ended_at'

export function toSession(row: SessionRow): Session {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    userId: row.user_id,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    endedAt: row.ended_at,
  }
}

export interface TokenRow {
  readonly hash: string
  readonly purpose: OneTimeToken['purpose']
  readonly tenant_id: string | null
  readonly user_id: string | null
  readonly data: string | null
  readonly expires_at: number
}

export const tokenColumns = 'hash, purpose, tenant_id, user_id, data, expires_at'

export function toToken(row: TokenRow): OneTimeToken {
  return {
    hash: row.hash,
    purpose: row.purpose,
    tenantId: row.tenant_id,
    userId: row.user_id,
    data: row.data,
    expiresAt: row.expires_at,
  }
}

export interface PasskeyRow {
  readonly id: string
  readonly tenant_id: string
  readonly user_id: string
  readonly name: string
  readonly public_key: string
  readonly counter: number
  readonly transports: string
  readonly created_at: number
  readonly last_used_at: number | null
}

export const passkeyColumns =
  'id, tenant_id, user_id, name, public_key, counter, transports, created_at, last_used_at'

export function toPasskey(row: PasskeyRow): Passkey {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    userId: row.user_id,
    name: row.name,
    publicKey: row.public_key,
    counter: row.counter,
    transports: row.transports === '' ? [] : row.transports.split(','),
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  }
}
