import type { TokenView } from '@sluice/contracts/http/routes/tokens'
import { timeOf, timeOrNull } from '@sluice/contracts/http/shapes'
import type { StoredKey } from '@sluice/store/auth-store'
import { toUsd } from './values.ts'

/** A key as the API shows it: never the key itself. */
export function tokenView(key: StoredKey): TokenView {
  const { caller, policy, origin, prefix } = key
  const { requestsPerMinute, tokensPerMinute, concurrency, budget } = policy.limits
  return {
    id: caller.keyId,
    name: caller.keyName,
    prefix,
    project: caller.projectId,
    user: caller.userId,
    role: policy.role,
    origin,
    scopes: policy.scopes && [...policy.scopes],
    models: caller.models,
    limits: {
      requests_per_minute: requestsPerMinute,
      tokens_per_minute: tokensPerMinute,
      concurrency,
    },
    budget: budget && { usd: toUsd(budget.maxNanoUsd), window: budget.window },
    ip_allow: policy.ipAllow && [...policy.ipAllow],
    max_body_bytes: policy.maxBodyBytes,
    made_by: key.madeBy,
    created_at: timeOf(key.createdAt),
    expires_at: timeOrNull(key.expiresAt),
    last_used_at: timeOrNull(key.lastUsedAt),
    revoked_at: timeOrNull(key.revokedAt),
  }
}
