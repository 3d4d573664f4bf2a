import type { Role } from '@sluice/contracts/access'
import type { Limit, LimitMetric } from '@sluice/contracts/limits'
import type { Principal } from '@sluice/contracts/rpc/manage'
import { GatewayError } from '@sluice/kernel/errors'
import { managementErrors } from '@sluice/management/errors'
import type { OwnLimits } from '@sluice/store/tenancy'
import { rangesCover } from '../access/address-ranges.ts'
import { type Globs, globsCover } from '../access/globs.ts'
import { roleCovers } from '../access/roles.ts'

/** What a key is to be allowed. Undefined = not asked for. */
export interface Grant {
  readonly role?: Role | undefined
  readonly scopes?: Globs | undefined
  readonly models?: Globs | undefined
  readonly ipAllow?: readonly string[] | null | undefined
  readonly maxBodyBytes?: number | null | undefined
  readonly expiresAt?: number | null | undefined
  readonly limits?: Partial<OwnLimits> | undefined
}

/** Who grants, and until when. */
export interface Granter extends Principal {
  /** Globs that its credential itself is limited to; whatever its project leaves is no matter of a grant. */
  readonly models: Globs
  /** Unix ms; null = its credential does not end. */
  readonly expiresAt: number | null
}

/** Nobody hands on, or changes, more than they have. Throws a 403 that names what is too much, behind `what` of the call it is. */
export function requireGrantable(granter: Granter, grant: Grant, what?: string): void {
  const { access, models: ownModels, expiresAt } = granter
  const tooMuch = (param: string, why: string) => refusal(param, why, what)
  const { role, scopes, models, ipAllow, maxBodyBytes } = grant
  if (role !== undefined && !roleCovers(access.role, role))
    throw tooMuch('role', `the role ${access.role} cannot give the role ${role}`)
  if (scopes !== undefined && !globsCover(access.scopes, scopes))
    throw tooMuch('scopes', 'the caller may not call all of these routes')
  if (models !== undefined && !globsCover(ownModels, models))
    throw tooMuch('models', 'the caller may not use all of these models')
  if (ipAllow !== undefined && !rangesCover(access.ipAllow, ipAllow))
    throw tooMuch('ip_allow', 'the caller may not come from all of these addresses')
  if (isMore(maxBodyBytes, access.maxBodyBytes))
    throw tooMuch('max_body_bytes', 'it is more than the caller has')
  if (isMore(grant.expiresAt, expiresAt))
    throw tooMuch('expires_at', 'the credential of the caller ends before')
  if (grant.limits) requireLimits(access.limits, grant.limits)
}

function requireLimits(limits: readonly Limit[], asked: Partial<OwnLimits>): void {
  const { requestsPerMinute, tokensPerMinute, concurrency, budget } = asked
  const own = (metric: LimitMetric, window: Limit['window']) =>
    least(
      limits.filter((limit) => isOwn(limit) && limit.metric === metric && limit.window === window),
    )
  if (isMore(requestsPerMinute, own('requests', 'minute')))
    throw tooMuch('limits.requests_per_minute', 'it is more than the caller has')
  if (isMore(tokensPerMinute, own('tokens', 'minute')))
    throw tooMuch('limits.tokens_per_minute', 'it is more than the caller has')
  if (isMore(concurrency, own('concurrency', null)))
    throw tooMuch('limits.concurrency', 'it is more than the caller has')
  if (budget === undefined) return
  // The caller's own money in whatever window; that of its tenant in the same window.
  const money = limits.filter(
    (limit) => limit.metric === 'cost' && (isOwn(limit) || limit.window === budget?.window),
  )
  if (isMore(budget?.maxNanoUsd ?? null, least(money)))
    throw tooMuch('budget', 'it is more than the caller has')
}

function isOwn({ scope, models }: Limit): boolean {
  return models === null && (scope === 'key' || scope === 'user')
}

function least(limits: readonly Limit[]): number | null {
  return limits.length === 0 ? null : Math.min(...limits.map(({ max }) => max))
}

/** Null = without end. Undefined = not asked for. */
function isMore(asked: number | null | undefined, had: number | null): boolean {
  if (asked === undefined || had === null) return false
  return asked === null || asked > had
}

function tooMuch(param: string, why: string): GatewayError {
  return refusal(param, why, undefined)
}

/** Of a call that does not name the member itself there is no `param`. */
function refusal(param: string, why: string, what: string | undefined): GatewayError {
  const message = what === undefined ? `${param}: ${why}` : `${what}: ${param}: ${why}`
  const at = what === undefined ? { param } : {}
  return new GatewayError(managementErrors.permission_denied, message, at)
}
