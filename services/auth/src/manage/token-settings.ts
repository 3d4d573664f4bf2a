import type { TokenSettings } from '@sluice/contracts/http/routes/tokens'
import { GatewayError } from '@sluice/kernel/errors'
import { managementErrors } from '@sluice/management/errors'
import { noLimits, type OwnLimits } from '@sluice/store/tenancy'
import { isRange } from '../access/address-ranges.ts'
import { toMs, toNanoUsd } from './values.ts'

/** What was asked for, in the units that are kept; undefined = was not. */
export function settingsOf(asked: TokenSettings) {
  const { scopes, models, expires_at, ip_allow, max_body_bytes } = asked
  const bad = ip_allow?.find((range) => !isRange(range))
  if (bad !== undefined) {
    const message = `ip_allow: ${JSON.stringify(bad)} is not a range such as 10.0.0.0/8 or 2001:db8::/32`
    throw new GatewayError(managementErrors.invalid_request, message, { param: 'ip_allow' })
  }
  return {
    scopes,
    models,
    ipAllow: ip_allow,
    maxBodyBytes: max_body_bytes,
    expiresAt: expires_at == null ? expires_at : toMs(expires_at),
    limits: limitsOf(asked),
  }
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
