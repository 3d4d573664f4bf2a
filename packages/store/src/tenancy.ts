import type { Role } from '@sluice/contracts/access'
import type { LimitMetric, LimitScope, LimitWindow } from '@sluice/contracts/limits'
import type { Collection, CollectionRow } from './collection.ts'

/* Times are Unix ms, money is nano-USD, null in a list of names means all of them. */

/** Its `id` is its `tenantId`, too. */
export interface Tenant extends CollectionRow {
  readonly name: string
  /** The keys and sessions of a disabled one are refused. */
  readonly status: 'active' | 'disabled'
  /** Its licence: name of a tier. */
  readonly tier: string
  /** Flags of the licence instead of those of its tier; null = the tier's. */
  readonly features: readonly string[] | null
  /** From then on it has the lowest tier. */
  readonly licenceExpiresAt: number | null
  /** The signed licence that says so; null = an operator does. */
  readonly licenceToken: string | null
}

export interface Project extends CollectionRow {
  readonly name: string
  /** What everybody in it may use. */
  readonly models: readonly string[] | null
  /** Open only to those whose group has it, beside owners and admins. */
  readonly membersOnly: boolean
  readonly disabledAt: number | null
}

/** Gives its members models beside those of their project, and projects that are for members only. */
export interface Group extends CollectionRow {
  readonly name: string
  readonly models: readonly string[]
  readonly projects: readonly string[]
}

/** One rule for many callers: each `target` of its scope has a count of its own; null = every one. */
export interface Policy extends CollectionRow {
  readonly name: string
  readonly scope: LimitScope
  readonly target: string | null
  readonly metric: Exclude<LimitMetric, 'cost'>
  /** Null for `concurrency`. */
  readonly window: LimitWindow | null
  readonly max: number
  readonly models: readonly string[] | null
}

export interface Budget extends CollectionRow {
  readonly name: string
  readonly scope: LimitScope
  readonly target: string | null
  readonly window: BudgetWindow
  /** Null = unlimited: reported, never refused. */
  readonly maxNanoUsd: number | null
  readonly models: readonly string[] | null
  /** Shares of the maximum that are told once each. */
  readonly thresholds: readonly number[]
}
export type BudgetWindow = Extract<LimitWindow, 'day' | 'month' | 'total'>

/** The licence of one user, whose id it has. The stricter of this and the tenant's counts. */
export interface UserLicence extends CollectionRow {
  readonly email: string | null
  readonly tier: string
  /** Null = those of the tier. */
  readonly features: readonly string[] | null
  /** Container sizes; null = those of the tier. */
  readonly resourceLimits: ContainerSize | null
  /** Of the user's container, once it was made. */
  readonly mcpServerUrl: string | null
  readonly expiresAt: number | null
  readonly updatedAt: number
}

/** One rung of the ladder of licences. */
export interface Tier {
  readonly name: string
  /** A higher one has whatever a lower one has. */
  readonly rank: number
  /** Flags that it adds to those of all lower ranks. */
  readonly features: readonly string[]
  readonly limits: readonly TierLimit[]
  /** How many a tenant may have; null = any number. */
  readonly projects: number | null
  readonly container: ContainerSize
  /** Share of the queue where several tenants wait. */
  readonly weight: number
}

export interface TierLimit {
  readonly metric: Exclude<LimitMetric, 'cost'>
  readonly window: LimitWindow | null
  readonly max: number
}

export interface ContainerSize {
  readonly memory: string
  readonly cpu: string
  readonly disk: string
  /** Null = never. */
  readonly idleMinutes: number | null
}

/** What `auth` keeps about tenants, beside their keys. */
export interface Tenancy {
  readonly tenants: Collection<Tenant>
  readonly projects: Collection<Project>
  readonly groups: Collection<Group>
  readonly policies: Collection<Policy>
  readonly budgets: Collection<Budget>
  readonly licences: Collection<UserLicence>
  /** By rank. */
  listTiers(): Promise<readonly Tier[]>
  /** Adds or replaces by name; returns the revision after it. */
  saveTier(tier: Tier, at: number): Promise<number>
  /** False when nothing changed: it is there already, or the group is not. */
  addMember(tenantId: string, groupId: string, userId: string, at: number): Promise<boolean>
  removeMember(tenantId: string, groupId: string, userId: string, at: number): Promise<boolean>
  /** User ids, in order, from beyond `after`. */
  listMembers(tenantId: string, groupId: string, page: Page): Promise<readonly string[]>
  /** Of one user. */
  groupsOf(tenantId: string, userId: string): Promise<readonly Group[]>
}

export interface Page {
  readonly limit: number
  /** Last id of the page before; null = from the start. */
  readonly after: string | null
}

/** Whatever decides what one caller may do, read at one moment. */
export interface Standing {
  readonly tenant: Tenant
  /** Null = there is none of this name. */
  readonly project: Project | null
  readonly tiers: readonly Tier[]
  readonly policies: readonly Policy[]
  readonly budgets: readonly Budget[]
  /** Of the person, where there is one. */
  readonly licence: UserLicence | null
  readonly groups: readonly Group[]
  /** Keys that the key was made with, the nearest first: it counts against their limits, too. */
  readonly makers: readonly KeyLimits[]
  /** By id of the key and of its makers, as far as they have a budget: the key and all that were made with it, which share the budget. */
  readonly families: Readonly<Record<string, readonly string[]>>
}

/** What a key itself is limited to. */
export interface KeyLimits {
  readonly keyId: string
  readonly keyName: string
  readonly requestsPerMinute: number | null
  readonly tokensPerMinute: number | null
  readonly concurrency: number | null
  readonly budget: { readonly maxNanoUsd: number; readonly window: BudgetWindow } | null
}

export type OwnLimits = Omit<KeyLimits, 'keyId' | 'keyName'>

/** What a key allows by itself, whatever its owner may. */
export interface KeyPolicy {
  readonly role: Role
  readonly platform: boolean
  /** Globs over canonical routes; null = all. */
  readonly scopes: readonly string[] | null
  /** CIDR; null = anywhere. */
  readonly ipAllow: readonly string[] | null
  readonly maxBodyBytes: number | null
  readonly limits: OwnLimits
}

export const noLimits: OwnLimits = Object.freeze({
  requestsPerMinute: null,
  tokensPerMinute: null,
  concurrency: null,
  budget: null,
})

/** Of a key that may do everything in its tenant. */
export const ownerPolicy: KeyPolicy = Object.freeze({
  role: 'owner',
  platform: false,
  scopes: null,
  ipAllow: null,
  maxBodyBytes: null,
  limits: noLimits,
})
