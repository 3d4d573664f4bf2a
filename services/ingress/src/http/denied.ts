import type { Route } from '@sluice/contracts/http/route'
import type { Principal } from '@sluice/contracts/rpc/manage'
import type { Clock } from '@sluice/kernel/clock'
import type { GatewayError } from '@sluice/kernel/errors'
import { createAttempts } from '@sluice/management/attempts'
import type { RecordAudit } from '@sluice/management/audit'
import type { Exchange } from './authenticate.ts'
import type { AddressOf } from './client-address.ts'
import { deniedTarget } from './denied-target.ts'

/** Records that somebody known was refused something, and why. */
export type Denied = (
  principal: Principal,
  route: Route,
  exchange: Exchange,
  error: Pick<GatewayError, 'code' | 'param'>,
) => void

export function createDenied({
  audit,
  clock,
  addressOf,
}: {
  readonly audit: RecordAudit
  readonly clock: Clock
  readonly addressOf: AddressOf
}): Denied {
  const note = createAttempts(clock)
  return (principal, route, exchange, { code, param }) => {
    const { request, response, id } = exchange
    const { tenantId, keyId, userId } = principal.caller
    const address = addressOf(request)
    const target = deniedTarget(route, request)
    const requestId = id ?? String(response.getHeader('request-id'))
    const who = JSON.stringify([tenantId, keyId, userId])
    const what = JSON.stringify([route.id, target, code, param, address])
    note(who, what, (more) => {
      const change =
        more === null
          ? { target, after: { reason: code, ...(param === undefined ? {} : { param }) } }
          : { target: '', after: { more_attempts: more } }
      void audit({ route: route.id, principal, address, requestId }, change, 'denied')
    })
  }
}
