import type { Access, Role } from '@sluice/contracts/access'
import type { Caller } from '@sluice/contracts/caller'
import type { KeyPolicy, Standing } from '@sluice/store/tenancy'
import { isRange } from './address-ranges.ts'
import { intersectGlobs, joinGlobs } from './globs.ts'
import { earliest, effectiveLicence } from './licence.ts'
import { limitOfBudget, limitOfPolicy, limitsOfKey } from './limits.ts'
import { isTenantWide, roleCovers } from './roles.ts'

/** A good credential before it is known what it is good for. */
export interface Credential {
  readonly caller: Caller
  readonly policy: KeyPolicy
  /** Role of the person behind it, as it is now; null = nobody is, or nobody knows. */
  readonly ownerRole: Role | null
  /** Unix ms. */
  readonly expiresAt: number | null
}

export type Resolved =
  | { readonly good: false; readonly reason: 'revoked' | 'expired' }
  | {
      readonly good: true
      readonly caller: Caller
      readonly access: Access
      /** Unix ms from which this is not so any more; null = nothing is known that ends it. */
      readonly until: number | null
    }

/**
 * What a credential is good for: its own policy, within what its owner may, within the licence, within the rules of the tenant. Whatever is missing or
 * cannot be read allows nothing.
 */
export function resolveAccess(credential: Credential, standing: Standing, now: number): Resolved {
  const { caller, policy, expiresAt, ownerRole } = credential
  const { tenant, project, families } = standing
  if (tenant.status !== 'active' || !project || project.disabledAt !== null)
    return { good: false, reason: 'revoked' }
  if (expiresAt !== null && expiresAt <= now) return { good: false, reason: 'expired' }
  const role = roleWithin(policy.role, ownerRole)
  const licence = effectiveLicence(standing, now)
  const access: Access = {
    role,
    platform: policy.platform,
    scopes: isOpen(standing, caller, role) ? mutable(policy.scopes) : [],
    ipAllow: readable(policy.ipAllow),
    maxBodyBytes: policy.maxBodyBytes,
    tier: licence.tier,
    features: [...licence.features],
    weight: licence.weight,
    limits: [
      ...limitsOfKey(
        { keyId: caller.keyId, keyName: caller.keyName, ...policy.limits },
        families[caller.keyId],
      ),
      ...standing.makers.flatMap((maker) => limitsOfKey(maker, families[maker.keyId])),
      ...standing.policies.flatMap((each) => limitOfPolicy(each, caller) ?? []),
      ...standing.budgets.flatMap((each) => limitOfBudget(each, caller) ?? []),
      ...licence.limits,
    ],
  }
  const models = mutable(intersectGlobs(caller.models, modelsOf(standing)))
  return {
    good: true,
    caller: { ...caller, models },
    access,
    until: earliest(expiresAt, licence.endsAt),
  }
}

/** A key never does what its owner may not: a demotion reaches it. */
function roleWithin(role: Role, ownerRole: Role | null): Role {
  return ownerRole === null || roleCovers(ownerRole, role) ? role : ownerRole
}

/** Keys of nobody in particular were put into the project by somebody who may. */
function isOpen({ project, groups }: Standing, { userId }: Caller, role: Role): boolean {
  if (!project?.membersOnly || userId === null || isTenantWide(role)) return true
  return groups.some(({ projects }) => projects.includes(project.id))
}

/** Globs that the project and the groups of the owner leave to a key; null = all models. */
export function modelsOf({ project, groups }: Standing): readonly string[] | null {
  return groups.reduce<readonly string[] | null>(
    (models, group) => joinGlobs(models, group.models),
    project?.models ?? null,
  )
}

/** One range that cannot be read, and nobody comes in: better than to guess what it kept out. */
function readable(ranges: readonly string[] | null): string[] | null {
  if (ranges === null) return null
  return ranges.every(isRange) ? [...ranges] : []
}

function mutable(list: readonly string[] | null): string[] | null {
  return list === null ? null : [...list]
}
