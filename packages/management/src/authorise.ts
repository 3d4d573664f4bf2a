import type { Route } from '@sluice/contracts/http/route'
import type { Principal } from '@sluice/contracts/rpc/manage'
import { GatewayError } from '@sluice/kernel/errors'
import { managementErrors } from './errors.ts'

/**
 * What the route table alone decides: whether this principal may call this route. Whose the thing is that it names is for its owner to check, with one
 * 404 for what is not there and for what is another's.
 */
export function authorise(
  { access, feature }: Pick<Route, 'access' | 'feature'>,
  principal: Principal | null,
): void {
  if (access === 'public') return
  if (principal === null) throw new GatewayError(managementErrors.invalid_api_key)
  const { role, platform, features } = principal.access
  if (access !== 'authenticated') {
    if (!access.roles.includes(role)) {
      const message = `The role ${role} may not do that: it takes ${access.roles.join(' or ')}`
      throw new GatewayError(managementErrors.permission_denied, message)
    }
    if (access.platform === true && !platform) {
      const message = 'Only who stands above tenants may do that'
      throw new GatewayError(managementErrors.permission_denied, message)
    }
  }
  if (feature !== undefined && features !== null && !features.includes(feature)) {
    const message = `The licence of this tenant does not include ${feature}`
    throw new GatewayError(managementErrors.feature_not_licensed, message)
  }
}
