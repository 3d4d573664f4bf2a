import type { Route, RouteOwner } from './route.ts'
import { accountRoutes } from './routes/accounts.ts'
import { auditRoutes } from './routes/audit.ts'
import { edgeRoutes } from './routes/edge.ts'
import { providerRoutes } from './routes/providers.ts'
import { registryRoutes } from './routes/registry.ts'
import { userRoutes } from './routes/users.ts'
import { budgetRoutes } from './routes/budgets.ts'
import { quotaRoutes } from './routes/quota.ts'
import { spendRoutes } from './routes/spend.ts'

/** Every route of the HTTP interface: what is not here is not served. */
export const routeTable: readonly Route[] = [
  ...accountRoutes,
  ...userRoutes,
  ...auditRoutes,
  ...edgeRoutes,
  ...providerRoutes,
  ...registryRoutes,
  ...budgetRoutes,
  ...quotaRoutes,
  ...spendRoutes,
]

export function routesOf(owner: RouteOwner): readonly Route[] {
  return routeTable.filter((route) => route.owner === owner)
}
