import type { Handled } from '@sluice/management'
import { aliasHandlers } from './aliases.ts'
import type { ManageContext } from './context.ts'
import { modelHandlers } from './models.ts'
import { providerHandlers } from './providers.ts'
import { registryHandlers } from './registry.ts'

/** Every management route of the router. */
export function managementHandlers(context: ManageContext): Handled[] {
  return [
    ...providerHandlers(context),
    ...modelHandlers(context),
    ...aliasHandlers(context),
    ...registryHandlers(context),
  ]
}
