import type { Route } from '@sluice/contracts/http/route'
import type { Principal } from '@sluice/contracts/rpc/manage'
import type { Clock } from '@sluice/kernel/clock'
import type { RecordAudit } from '@sluice/management/audit'
import type { Exchange } from './authenticate.ts'
import type { AddressOf } from './client-address.ts'

/** Records that somebody known was refused a route. */
export type Denied = (principal: Principal, route: Route, exchange: Exchange) => void

/** Somebody who repeats what was refused makes one entry in so long: the log is for people, and must not fill by one client in a loop. */
const onceInMs = 60_000
const maxRemembered = 10_000

export function createDenied({
  audit,
  clock,
  addressOf,
}: {
  readonly audit: RecordAudit
  readonly clock: Clock
  readonly addressOf: AddressOf
}): Denied {
  const recorded = new Map<string, number>()
  return (principal, route, { request, response, id }) => {
    const { tenantId, keyId, userId } = principal.caller
    const address = addressOf(request)
    const what = [tenantId, keyId, userId ?? '', route.id, address].join(' ')
    const now = clock.monotonic()
    if ((recorded.get(what) ?? -Infinity) > now - onceInMs) return
    if (recorded.size >= maxRemembered) recorded.clear()
    recorded.set(what, now)
    const requestId = id ?? String(response.getHeader('request-id'))
    const denied = { route: route.id, principal, address, requestId }
    void audit(denied, { target: route.path }, 'denied')
  }
}
