import type { Handled } from '@sluice/management'
import type { ManageContext } from './context.ts'
import { groupHandlers } from './groups.ts'
import { licenceHandlers } from './licences.ts'
import { policyHandlers } from './policies.ts'
import { projectHandlers } from './projects.ts'
import { tenantHandlers } from './tenants.ts'
import { tokenHandlers } from './token-handlers.ts'

/** Tenants and whatever is theirs, but the accounts of people. */
export function tenancyHandlers(context: ManageContext): readonly Handled[] {
  return [
    ...tokenHandlers(context),
    ...tenantHandlers(context),
    ...projectHandlers(context),
    ...groupHandlers(context),
    ...licenceHandlers(context),
    ...policyHandlers(context),
  ]
}
