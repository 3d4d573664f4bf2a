import { catalogueFor } from '@sluice/catalogue/catalogue'
import type { CatalogueSource } from '@sluice/catalogue/open-catalogue'
import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { RoutePlan } from '@sluice/contracts/generation/route-plan'
import { noUsage } from '@sluice/contracts/usage'
import type { End, Generations } from '@sluice/generations'
import { billedTo } from '@sluice/generations/billed-to'
import type { Clock } from '@sluice/kernel/clock'
import { fromUnknown, toGenerationError } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { RouterMetrics } from './metrics.ts'
import { planRoute } from './plan-route.ts'

interface RouteContext {
  readonly generations: Generations
  readonly catalogue: CatalogueSource
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: RouterMetrics
}

/**
 * One accepted generation: routed, or rejected with the reason. Idempotent: a second delivery finds the generation in another state and
 * the port refuses the step. A throw leaves the item to the reaper.
 */
export async function routeRequest(
  request: GenerationRequest,
  context: RouteContext,
): Promise<void> {
  let plan: RoutePlan
  try {
    const { current } = context.catalogue
    plan = planRoute(request, catalogueFor(current, request.caller.tenantId))
  } catch (thrown) {
    const error = fromUnknown(thrown)
    if (error.status >= 500)
      context.logger.error({ err: error, request_id: request.id }, 'routing failed')
    context.metrics.rejected.inc({ code: error.code })
    await context.generations.reject(
      request.id,
      rejection(request, toGenerationError(error), context.clock.now()),
    )
    return
  }
  context.metrics.routed[plan.reason.code].inc()
  await context.generations.route(request.id, plan)
}

function rejection(request: GenerationRequest, error: GenerationError, now: number): End {
  return {
    terminal: { state: 'failed', finishReason: null, error, usage: noUsage, amountNanoUsd: 0 },
    usage: {
      ...noUsage,
      ...billedTo(request),
      model: request.model,
      provider: null,
      calls: [],
      state: 'failed',
      error_code: error.code,
      amount_nano_usd: 0,
      price: null,
      finished_at: now,
      first_part_ms: null,
    },
  }
}
