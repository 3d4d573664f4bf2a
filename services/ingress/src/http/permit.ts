import { globMatcher } from '@sluice/catalogue/glob'
import type { Access } from '@sluice/contracts/access'
import type { Route } from '@sluice/contracts/http/route'
import type { Principal } from '@sluice/contracts/rpc/manage'
import { fromUnknown, GatewayError } from '@sluice/kernel/errors'
import { authorise } from '@sluice/management/authorise'
import type { IngressContext } from '../context.ts'
import { ingressErrors } from '../errors.ts'
import { authenticate, type Exchange } from './authenticate.ts'
import { type InRanges, rangeMatcher } from './client-address.ts'

type Decisions = Map<Route, GatewayError | null>

/** Compiled once per verdict and route: a cached verdict hands out the same access object every time. */
const decided = new WeakMap<Access, Decisions>()
const ranges = new WeakMap<Access, InRanges>()

/** Who makes the call of this route, if it may. A refusal of somebody known is an entry of the audit log. */
export function identify(
  exchange: Exchange,
  route: Route,
  context: IngressContext,
): Principal | Promise<Principal> {
  const principal = authenticate(exchange, context)
  if (principal instanceof Promise) {
    return principal.then((found) => permit(found, exchange, route, context))
  }
  return permit(principal, exchange, route, context)
}

/** Throws a 403 that says what is missing. */
export function permit(
  principal: Principal,
  exchange: Exchange,
  route: Route,
  context: IngressContext,
): Principal {
  const { access } = principal
  const refusal = decide(principal, route) ?? refusedAddress(access, exchange, context)
  if (refusal === null) return principal
  context.denied(principal, route, exchange, refusal)
  // Not the one that was kept: an error belongs to its request.
  throw new GatewayError(refusal.definition, refusal.message)
}

function decide(principal: Principal, route: Route): GatewayError | null {
  let decisions = decided.get(principal.access)
  if (!decisions) decided.set(principal.access, (decisions = new Map()))
  let decision = decisions.get(route)
  if (decision === undefined) decisions.set(route, (decision = refusalOf(principal, route)))
  return decision
}

function refusalOf(principal: Principal, route: Route): GatewayError | null {
  const { scopes } = principal.access
  if (scopes !== null && route.access !== 'public' && !globMatcher(scopes)(route.path)) {
    const message = `This API key is not for ${route.path}`
    return new GatewayError(ingressErrors.permission_denied, message)
  }
  try {
    authorise(route, principal)
    return null
  } catch (thrown) {
    return fromUnknown(thrown)
  }
}

function refusedAddress(
  access: Access,
  { request }: Exchange,
  { addressOf }: IngressContext,
): GatewayError | null {
  if (access.ipAllow === null) return null
  let allows = ranges.get(access)
  if (!allows) ranges.set(access, (allows = rangeMatcher(access.ipAllow)))
  if (allows(addressOf(request))) return null
  const message = 'This API key may not be used from this address'
  return new GatewayError(ingressErrors.permission_denied, message)
}

/** Bytes that a body may have: those of the route, or fewer for a key that says so. */
export function bodyLimit(access: Access | null, ofRoute: number): number {
  return Math.min(access?.maxBodyBytes ?? ofRoute, ofRoute)
}
