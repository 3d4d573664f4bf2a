import type { Limit } from '@sluice/contracts/limits'
import type { ContainerSize, Standing, Tier, TierLimit } from '@sluice/store/tenancy'
import { isDurable } from './limits.ts'

/** The licence that counts for one caller at one moment. */
export interface EffectiveLicence {
  readonly tier: string
  readonly features: readonly string[]
  readonly weight: number
  /** Projects that the tenant may have; null = any number. */
  readonly projects: number | null
  readonly container: ContainerSize
  readonly limits: readonly Limit[]
  /** Unix ms from which it is another one; null = it does not end. */
  readonly endsAt: number | null
}

interface Licence {
  readonly tier: string
  readonly features: readonly string[] | null
  readonly expiresAt: number | null
}

type Licensed = Pick<Standing, 'tenant' | 'tiers' | 'licence'>

/** The stricter of the tenant's and the user's: the lower tier, what both have of features, the limits of both. */
export function effectiveLicence(
  { tenant, tiers, licence }: Licensed,
  now: number,
): EffectiveLicence {
  const { tier, features, licenceExpiresAt, tenantId } = tenant
  const ofTenant = resolve({ tier, features, expiresAt: licenceExpiresAt }, tiers, now)
  const tenantLimits = limitsOf(ofTenant.tier, 'tenant', tenantId)
  const common = {
    weight: ofTenant.tier.weight,
    projects: ofTenant.tier.projects,
  }
  if (!licence) {
    const { name, container } = ofTenant.tier
    const { features: flags, endsAt } = ofTenant
    return { ...common, tier: name, features: flags, container, limits: tenantLimits, endsAt }
  }
  const ofUser = resolve(licence, tiers, now)
  const stricter = ofUser.tier.rank <= ofTenant.tier.rank ? ofUser : ofTenant
  return {
    ...common,
    tier: stricter.tier.name,
    features: ofUser.features.filter((flag) => ofTenant.features.includes(flag)),
    container:
      stricter === ofUser
        ? (licence.resourceLimits ?? stricter.tier.container)
        : stricter.tier.container,
    limits: [...tenantLimits, ...limitsOf(ofUser.tier, 'user', licence.id)],
    endsAt: earliest(ofTenant.endsAt, ofUser.endsAt),
  }
}

/** A tier that is not there, and one whose time is over, is the lowest. */
function resolve(
  { tier: name, features, expiresAt }: Licence,
  tiers: readonly Tier[],
  now: number,
) {
  const [lowest] = tiers
  if (!lowest) throw new Error('there are no licence tiers')
  const isOver = expiresAt !== null && expiresAt <= now
  const found = isOver ? undefined : tiers.find((tier) => tier.name === name)
  const tier = found ?? lowest
  const all = featuresOf(tier, tiers)
  return {
    tier,
    features: found && features !== null ? features : all,
    endsAt: isOver ? null : expiresAt,
  }
}

/** Its own flags and those of all lower ranks: so a higher tier never has less. */
export function featuresOf({ rank }: Tier, tiers: readonly Tier[]): readonly string[] {
  return [...new Set(tiers.filter((tier) => tier.rank <= rank).flatMap(({ features }) => features))]
}

/**
 * What keeps a ladder from being one, a sentence each: a higher tier has at least as much of everything. Features cannot go wrong (`featuresOf`).
 */
export function ladderProblems(tiers: readonly Tier[]): readonly string[] {
  const ordered = tiers.toSorted((a, b) => a.rank - b.rank)
  return ordered.slice(1).flatMap((higher, index) => {
    const lower = ordered[index]
    if (!lower) return []
    const problem = (what: string) => `${higher.name} has less ${what} than ${lower.name}`
    const projects = (higher.projects ?? Infinity) < (lower.projects ?? Infinity)
    const limits = higher.limits.filter((limit) => limit.max < maxOf(lower, limit))
    return [
      ...(higher.rank === lower.rank ? [`${higher.name} has the rank of ${lower.name}`] : []),
      ...(projects ? [problem('projects')] : []),
      ...(higher.weight < lower.weight ? [problem('weight')] : []),
      ...limits.map(({ metric, window }) => problem(`${metric} a ${window ?? 'time'}`)),
    ]
  })
}

function maxOf({ limits }: Tier, { metric, window }: TierLimit): number {
  const same = limits.filter((limit) => limit.metric === metric && limit.window === window)
  return Math.min(Infinity, ...same.map(({ max }) => max))
}

function limitsOf(tier: Tier, scope: 'tenant' | 'user', target: string): readonly Limit[] {
  return tier.limits.map(({ metric, window, max }) => {
    const what = window === null ? metric : `${metric} a ${window}`
    const whose = scope === 'tenant' ? '' : ` of user ${target}`
    return {
      id: `tier:${tier.name}:${metric}:${window ?? 'now'}${scope === 'tenant' ? '' : `:user:${target}`}`,
      name: `licence ${tier.name}: ${what}${whose}`.slice(0, 100),
      scope,
      metric,
      window,
      max,
      models: null,
      durable: isDurable(metric, window),
    }
  })
}

export function earliest(...times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null)
  return known.length === 0 ? null : Math.min(...known)
}
