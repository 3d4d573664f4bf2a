import type { Caller } from '@sluice/contracts/caller'
import type { IdentityChange } from '@sluice/contracts/rpc/auth'
import type { Outbox } from './outbox.ts'
import type { KeyPolicy, Page, Standing, Tenancy } from './tenancy.ts'

/**
 * What `auth` keeps. Credentials are stored as the SHA-256 of the whole, never in clear. Every change, of accounts too, is told by facts
 * (`identity-facts.ts`) that are stored in the step that makes it.
 */
export interface AuthStore extends Tenancy {
  readonly outbox: Outbox
  /** Creates the tenant (without quotas) and project when missing. */
  ensureProject(tenantId: string, projectId: string, at: number): Promise<void>
  /** The key with this credential; a live one before a revoked one. */
  findKey(credentialHash: string): Promise<StoredKey | null>
  /**
   * Adds or replaces by `keyId` (a revoked key lives again); raises the revision and returns the change when something changed, null
   * otherwise. Throws when the project is missing or another live key has the same credential.
   */
  saveKey(key: NewKey): Promise<IdentityChange | null>
  /** Null when nothing changed: there is no such live key in the tenant, or it is as wanted already. */
  changeKey(
    tenantId: string,
    keyId: string,
    changes: KeyChanges,
    at: number,
  ): Promise<IdentityChange | null>
  /** Null when there is no such key or it was revoked before. */
  revokeKey(keyId: string, at: number): Promise<IdentityChange | null>
  /**
   * Revokes all of them in one step; those that were revoked before stay as they are. With `keepOwner` nothing is revoked when no other key of an owner would
   * be left: a live one of the tenant that is nobody's in particular, however many do this at the same time.
   */
  revokeKeys(
    tenantId: string,
    keyIds: readonly string[],
    at: number,
    options: { readonly keepOwner: boolean },
  ): Promise<readonly IdentityChange[] | 'last_owner'>
  /** Ids of the live keys that a configuration file owns. */
  listFileKeys(): Promise<readonly string[]>
  findKeyById(tenantId: string, keyId: string): Promise<StoredKey | null>
  /** In order of their ids, from beyond `after`; revoked ones too. */
  listKeys(tenantId: string, filter: KeyFilter, page: Page): Promise<readonly StoredKey[]>
  /** Keys by id and when they were last used, Unix ms. No change of identity: the revision stays. */
  noteUsed(used: ReadonlyMap<string, number>): Promise<void>
  /** Whatever decides what a caller may do; null when the tenant is missing. `keyId` null = no key but a session. */
  standing(
    caller: Pick<Caller, 'tenantId' | 'projectId' | 'userId'>,
    keyId: string | null,
  ): Promise<Standing | null>
  /** Grows with every change, by whichever process made it. */
  revision(): Promise<number>
}

/** What may be changed of a key without another credential. */
export interface KeyChanges extends Pick<NewKey, 'policy' | 'expiresAt'> {
  readonly keyName: string
  readonly models: readonly string[] | null
}

/** Null = whatever they are. */
export interface KeyFilter {
  readonly projects: readonly string[] | null
  /** Keys of this user, or made with this key. */
  readonly ownedBy: { readonly userId: string | null; readonly keyId: string } | null
  /** Made with this key, or by this user signed in. */
  readonly madeBy?: string | null
}

export interface NewKey {
  readonly caller: Caller
  readonly credentialHash: string
  /** How it begins: enough to be recognised by, too little to be used. */
  readonly prefix: string
  /** `file` rows are owned by the configuration file, `bootstrap` by `AUTH_TOKEN`. */
  readonly origin: 'file' | 'bootstrap' | 'api'
  readonly policy: KeyPolicy
  /** Id of the key it was made with. */
  readonly madeBy: string | null
  /** Unix ms. */
  readonly createdAt: number
  readonly expiresAt: number | null
}

export interface StoredKey extends NewKey {
  readonly revokedAt: number | null
  /** Coarse, late by a minute. */
  readonly lastUsedAt: number | null
}
