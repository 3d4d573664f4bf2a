import type { Limit, LimitMetric, LimitWindow } from '@sluice/contracts/limits'
import type { BudgetSubject } from '@sluice/contracts/rpc/auth'
import type { Budget, KeyLimits, Policy } from '@sluice/store/tenancy'

/** Money, and whatever is counted for a day or more: the ledger knows it, should the count be lost. */
export function isDurable(metric: LimitMetric, window: LimitWindow | null): boolean {
  if (metric === 'concurrency') return false
  return metric === 'cost' || window === 'day' || window === 'month' || window === 'total'
}

function counted(metric: LimitMetric, window: LimitWindow | null): string {
  if (window === null) return metric
  return window === 'total' ? `${metric} in total` : `${metric} a ${window}`
}

/** What a key brings with it. Those of its family share its budget: after a loss the count is made from the bills of all of them. */
export function limitsOfKey(key: KeyLimits, family: readonly string[] = []): readonly Limit[] {
  const { keyId, keyName, requestsPerMinute, tokensPerMinute, concurrency, budget } = key
  const limit = (metric: LimitMetric, window: LimitWindow | null, max: number | null) =>
    max === null
      ? []
      : [
          {
            id: `key:${keyId}:${metric}:${window ?? 'now'}`,
            name: `key ${keyName}: ${counted(metric, window)}`.slice(0, 100),
            scope: 'key' as const,
            metric,
            window,
            max,
            models: null,
            durable: isDurable(metric, window),
            ...(family.length > 1 ? { keys: [...family] } : {}),
          },
        ]
  return [
    ...limit('requests', 'minute', requestsPerMinute),
    ...limit('tokens', 'minute', tokensPerMinute),
    ...limit('concurrency', null, concurrency),
    ...limit('cost', budget?.window ?? null, budget?.maxNanoUsd ?? null),
  ]
}

/** Whom rules may count apart; null = none in particular, whom no rule of that scope is for. */
type Subject = Pick<BudgetSubject, 'projectId' | 'keyId' | 'userId'>

export function limitOfPolicy(policy: Policy, caller: Subject): Limit | null {
  const { id, metric, window, max } = policy
  return applied(policy, caller, {
    id: `policy:${id}`,
    metric,
    window,
    max,
    durable: isDurable(metric, window),
  })
}

export function limitOfBudget(budget: Budget, caller: Subject): Limit | null {
  const { id, window, maxNanoUsd, thresholds } = budget
  if (maxNanoUsd === null) return null
  const counted = { metric: 'cost', window, max: maxNanoUsd, durable: true } as const
  const limit = applied(budget, caller, { id: `budget:${id}`, ...counted })
  return limit && { ...limit, thresholds: [...thresholds] }
}

/** The rule as it counts this caller: who it counts apart has an id of its own. Null when it is not for this caller. */
function applied(
  { name, scope, target, models }: Policy | Budget,
  caller: Subject,
  counted: Pick<Limit, 'id' | 'metric' | 'window' | 'max' | 'durable'>,
): Limit | null {
  const limit = { ...counted, name, scope, models: models === null ? null : [...models] }
  if (scope === 'tenant') return limit
  // The edge knows the model: it counts each by its name.
  if (scope === 'model') return target === null ? limit : { ...limit, models: [target] }
  const whose = { project: caller.projectId, user: caller.userId, key: caller.keyId }[scope]
  if (whose === null || (target !== null && target !== whose)) return null
  return { ...limit, id: `${counted.id}:${scope}:${whose}` }
}
