import type { Route } from '@sluice/contracts/http/route'
import type { Principal } from '@sluice/contracts/rpc/manage'
import type { Clock } from '@sluice/kernel/clock'
import type { GatewayError } from '@sluice/kernel/errors'
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

/**
 * The log is for people, and must not fill by one client in a loop: the same attempt is one entry a minute, and different ones of one credential are so
 * many; what comes beyond is told by one entry at the end of the minute.
 */
const windowMs = 60_000
const maxEntries = 30
const maxCredentials = 1_000

interface Attempts {
  readonly since: number
  readonly seen: Set<string>
  more: number
  /** Writes what was too much, once. */
  tell: () => void
}

export function createDenied({
  audit,
  clock,
  addressOf,
}: {
  readonly audit: RecordAudit
  readonly clock: Clock
  readonly addressOf: AddressOf
}): Denied {
  // In the order of their beginning.
  const recent = new Map<string, Attempts>()

  const attemptsOf = (who: string): Attempts => {
    const known = recent.get(who)
    const now = clock.monotonic()
    if (known && known.since > now - windowMs) return known
    const [oldest] = recent.keys()
    if (known) forget(who)
    else if (recent.size >= maxCredentials && oldest !== undefined) forget(oldest)
    const fresh = { since: now, seen: new Set<string>(), more: 0, tell: () => undefined }
    recent.set(who, fresh)
    return fresh
  }
  const forget = (who: string) => {
    recent.get(who)?.tell()
    recent.delete(who)
  }

  return (principal, route, exchange, { code, param }) => {
    const { request, response, id } = exchange
    const { tenantId, keyId, userId } = principal.caller
    const address = addressOf(request)
    const target = deniedTarget(route, request)
    const attempts = attemptsOf(JSON.stringify([tenantId, keyId, userId]))
    const what = JSON.stringify([route.id, target, code, param, address])
    if (attempts.seen.has(what)) return
    const requestId = id ?? String(response.getHeader('request-id'))
    const denied = { route: route.id, principal, address, requestId }
    if (attempts.seen.size < maxEntries) {
      attempts.seen.add(what)
      const after = { reason: code, ...(param === undefined ? {} : { param }) }
      void audit(denied, { target, after }, 'denied')
      return
    }
    attempts.more += 1
    if (attempts.more > 1) return
    attempts.tell = () => {
      if (attempts.more === 0) return
      void audit(denied, { target: '', after: { more_attempts: attempts.more } }, 'denied')
      attempts.more = 0
      attempts.tell = () => undefined
    }
    const left = attempts.since + windowMs - clock.monotonic()
    clock.after(Math.max(0, left), () => {
      attempts.tell()
    })
  }
}
