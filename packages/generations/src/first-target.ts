import type { RoutePlan, RouteTarget } from '@sluice/contracts/generation/route-plan'

/** Who is called first, and whose pool the work waits in. */
export function firstTarget(plan: RoutePlan | null): RouteTarget {
  const first = plan?.targets[0]
  if (first === undefined) throw new Error('a route plan has at least one target')
  return first
}
