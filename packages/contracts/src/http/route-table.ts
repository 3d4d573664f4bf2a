import type { Route, RouteOwner } from './route.ts'
import { accountRoutes } from './routes/accounts.ts'
import { auditRoutes } from './routes/audit.ts'
import { oidcRoutes } from './routes/oidc.ts'
import { passkeyRoutes } from './routes/passkeys.ts'
import { privacyRoutes } from './routes/privacy.ts'
import { conversationRoutes } from './routes/conversations.ts'
import { edgeRoutes } from './routes/edge.ts'
import { groupRoutes } from './routes/groups.ts'
import { licenceRoutes } from './routes/licences.ts'
import { policyRoutes } from './routes/policies.ts'
import { projectRoutes } from './routes/projects.ts'
import { tenantRoutes } from './routes/tenants.ts'
import { tokenRoutes } from './routes/tokens.ts'
import { userRoutes } from './routes/users.ts'
import { providerRoutes } from './routes/providers.ts'
import { registryRoutes } from './routes/registry.ts'
import { budgetRoutes } from './routes/budgets.ts'
import { quotaRoutes } from './routes/quota.ts'
import { spendRoutes } from './routes/spend.ts'

/** Every route of the HTTP interface: what is not here is not served. */
export const routeTable: readonly Route[] = [
  ...tokenRoutes,
  ...tenantRoutes,
  ...projectRoutes,
  ...groupRoutes,
  ...licenceRoutes,
  ...policyRoutes,
  ...accountRoutes,
  ...passkeyRoutes,
  ...oidcRoutes,
  ...userRoutes,
  ...auditRoutes,
  ...privacyRoutes,
  ...edgeRoutes,
  ...conversationRoutes,
  ...providerRoutes,
  ...registryRoutes,
  ...budgetRoutes,
  ...quotaRoutes,
  ...spendRoutes,
]

export function routesOf(owner: RouteOwner): readonly Route[] {
  return routeTable.filter((route) => route.owner === owner)
}
