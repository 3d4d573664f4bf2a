import type { Caller } from '@sluice/contracts/caller'
import type { IdentityChanged } from '@sluice/contracts/topics/identity-changed'

/** What `auth` keeps. Credentials are stored as the SHA-256 of the whole, never in clear. */
export interface AuthStore {
  /** Creates the tenant and project when missing. */
  ensureProject(tenantId: string, projectId: string): Promise<void>
  /** The key with this credential; a live one before a revoked one. */
  findKey(credentialHash: string): Promise<StoredKey | null>
  /**
   * Adds or replaces by `keyId` (a revoked key lives again); raises the revision and returns the change when something changed, null
   * otherwise. Throws when the project is missing or another live key has the same credential.
   */
  saveKey(key: NewKey): Promise<IdentityChanged | null>
  /** Null when there is no such key or it was revoked before. */
  revokeKey(keyId: string, at: number): Promise<IdentityChanged | null>
  /** Ids of the live keys that a configuration file owns. */
  listFileKeys(): Promise<readonly string[]>
  /** Grows with every change, by whichever process made it. */
  revision(): Promise<number>
}

export interface NewKey {
  readonly caller: Caller
  readonly credentialHash: string
  /** `file` rows are owned by the configuration file, `bootstrap` by `AUTH_TOKEN`. */
  readonly origin: 'file' | 'bootstrap' | 'api'
  /** Unix ms. */
  readonly createdAt: number
  readonly expiresAt: number | null
}

export interface StoredKey extends NewKey {
  readonly revokedAt: number | null
}
