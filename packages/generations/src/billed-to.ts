import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { RouteDecision, RoutePlan } from '@sluice/contracts/generation/route-plan'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'

/** What a bill says about its call, however that ended: who made it, when, and what was asked for. */
export type BilledTo = Pick<
  UsageRecord,
  | 'request_id'
  | 'tenant_id'
  | 'project_id'
  | 'key_id'
  | 'user_id'
  | 'channel'
  | 'operation'
  | 'requested_model'
  | 'stream'
  | 'accepted_at'
  | 'budgets'
>

export function billedTo(request: GenerationRequest): BilledTo {
  const { caller } = request
  return {
    request_id: request.id,
    tenant_id: caller.tenantId,
    project_id: caller.projectId,
    key_id: caller.keyId,
    user_id: caller.userId,
    channel: 'http',
    operation: request.operation,
    requested_model: request.model,
    stream: request.stream,
    accepted_at: request.acceptedAt,
    ...(request.budgets && { budgets: request.budgets }),
  }
}

/** What a bill says about where its call was sent; nothing for one that was not routed. */
export function decidedBy(plan: RoutePlan | null): { readonly decision?: RouteDecision } {
  if (plan === null) return {}
  const { reason, targets, skipped } = plan
  return {
    decision: {
      reason: { ...reason },
      targets: targets.map(({ provider, model }) => ({ provider, model })),
      ...(skipped && { skipped }),
    },
  }
}
