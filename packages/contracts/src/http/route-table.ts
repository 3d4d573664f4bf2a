import type { Route, RouteOwner } from './route.ts'
import { auditRoutes } from './routes/audit.ts'
import { edgeRoutes } from './routes/edge.ts'
import { providerRoutes } from './routes/providers.ts'
import { registryRoutes } from './routes/registry.ts'

/** Every route of the HTTP interface: what is not here is not served. */
export const routeTable: readonly Route[] = [...auditRoutes, ...edgeRoutes, ...providerRoutes, ...registryRoutes]

export function routesOf(owner: RouteOwner): readonly Route[] {
  return routeTable.filter((route) => route.owner === owner)
}
