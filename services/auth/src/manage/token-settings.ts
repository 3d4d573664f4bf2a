import { globMatcher } from '@sluice/catalogue/glob'
import { routeTable } from '@sluice/contracts/http/route-table'
import { timeOf } from '@sluice/contracts/http/shapes'
import type { TokenSettings } from '@sluice/contracts/http/routes/tokens'
import { GatewayError } from '@sluice/kernel/errors'
import { managementErrors } from '@sluice/management/errors'
import { noLimits, type OwnLimits } from '@sluice/store/tenancy'
import { hasHostBits, isRange } from '../access/address-ranges.ts'
import { toMs, toNanoUsd } from './values.ts'

/** What was asked for, in the units that are kept; undefined = was not. `now` null: whoever writes it down may leave what is over. */
export function settingsOf(asked: TokenSettings, now: number | null) {
  const { scopes, models, expires_at, ip_allow, max_body_bytes } = asked
  const bad = ip_allow?.find((range) => !isRange(range))
  if (bad !== undefined)
    throw refused(
      'ip_allow',
      `${JSON.stringify(bad)} is not a range such as 10.0.0.0/8 or 2001:db8::/32`,
    )
  const wide = ip_allow?.find((range) => hasHostBits(range))
  if (wide !== undefined)
    throw refused(
      'ip_allow',
      `${JSON.stringify(wide)} is an address within a range: a range has only zeros behind its length, as in 10.0.0.0/8`,
    )
  const nowhere = scopes?.find(
    (scope) => !routeTable.some(({ path }) => globMatcher([scope])(path)),
  )
  if (nowhere !== undefined)
    throw refused(
      'scopes',
      `no route has the path ${JSON.stringify(nowhere)}; such as /v1/chat/* (GET /openapi.json lists them)`,
    )
  if (expires_at != null && now !== null && toMs(expires_at) <= now)
    throw refused(
      'expires_at',
      `${timeOf(toMs(expires_at))} is in the past: give a time in the future, or null for a key without an end`,
    )
  return {
    scopes,
    models,
    ipAllow: ip_allow,
    maxBodyBytes: max_body_bytes,
    expiresAt: expires_at == null ? expires_at : toMs(expires_at),
    limits: limitsOf(asked),
  }
}

function refused(param: string, problem: string): GatewayError {
  return new GatewayError(managementErrors.invalid_request, `${param}: ${problem}`, { param })
}

function limitsOf({ limits, budget }: TokenSettings): Partial<OwnLimits> {
  // `limits: null` takes all of them away.
  const none = limits === null ? null : undefined
  const {
    requests_per_minute: requestsPerMinute = none,
    tokens_per_minute: tokensPerMinute = none,
    concurrency = none,
  } = limits ?? {}
  const maxNanoUsd = budget ? toNanoUsd(budget.usd) : null
  const money = budget && maxNanoUsd !== null ? { maxNanoUsd, window: budget.window } : null
  return {
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    ...(tokensPerMinute === undefined ? {} : { tokensPerMinute }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(budget === undefined ? {} : { budget: money }),
  }
}

/** Whatever is not limited is not. */
export function limitsWith(limits: Partial<OwnLimits>): OwnLimits {
  return { ...noLimits, ...limits }
}
