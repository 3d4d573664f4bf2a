import { nearestNames } from '@sluice/catalogue/nearest-names'
import { routeTable } from '@sluice/contracts/http/route-table'
import { GatewayError } from '@sluice/kernel/errors'
import { managementErrors } from '@sluice/management/errors'
import type { Tier } from '@sluice/store/tenancy'

/** Flags that take the place of a tier's: one that no tier has and no route asks for would only take everything away, unnoticed. */
export function requireKnownFlags(flags: readonly string[], tiers: readonly Tier[]): void {
  const ofRoutes = routeTable.flatMap(({ feature }) => feature ?? [])
  const known = [...new Set([...tiers.flatMap(({ features }) => features), ...ofRoutes])]
  const unknown = flags.findIndex((flag) => !known.includes(flag))
  if (unknown === -1) return
  const param = `features.${String(unknown)}`
  const near = nearestNames(flags[unknown] ?? '', known, 3).join(', ')
  const message = `${param}: there is no flag ${JSON.stringify(flags[unknown])}; the nearest are ${near} (GET /v1/licences/tiers lists all)`
  throw new GatewayError(managementErrors.invalid_request, message, { param })
}
