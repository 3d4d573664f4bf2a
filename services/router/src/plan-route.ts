import { maxEventBytes } from '@sluice/catalogue/capabilities'
import type { Catalogue, Model, Provider } from '@sluice/catalogue/catalogue'
import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { RoutePlan, RouteTarget, SkippedModel } from '@sluice/contracts/generation/route-plan'
import { chooseModel, findModel, pinned } from './choose-model.ts'
import { noFit, unknownModel } from './refusals.ts'
import { lacking } from './lacking.ts'

/** What a route is decided on. */
export type RouteSignals = Pick<
  GenerationRequest,
  'model' | 'operation' | 'wire' | 'needs' | 'inputTokens' | 'maxTokens'
> & {
  readonly caller: Pick<GenerationRequest['caller'], 'models'>
}

/**
 * Which providers serve a request, in which order, and why. Pure: the same request and catalogue give the same plan. The first target is the
 * model that was asked for, the others its `fallbacks`; a model whose row denies something that the call takes is skipped, and named with what
 * it lacks.
 */
export function planRoute(request: RouteSignals, catalogue: Catalogue): RoutePlan {
  const choice = chooseModel(request.model, catalogue)
  if (!choice || !catalogue.providers.has(choice.model.provider))
    throw unknownModel(request, catalogue)
  const targets: RouteTarget[] = []
  const skipped: SkippedModel[] = []
  for (const model of [choice.model, ...fallbacksOf(choice.model, catalogue)]) {
    const provider = catalogue.providers.get(model.provider)
    if (!provider) continue
    const lacks = lacking(model, request)
    if (lacks.length > 0) skipped.push({ model: model.name, lacks })
    else targets.push(targetOf(model, provider, request, choice.maxTokens))
  }
  if (targets.length === 0) throw noFit(request, skipped)
  return { targets, reason: choice.reason, ...(skipped.length > 0 ? { skipped } : {}) }
}

/** Whom a chat call would go to that takes nothing but text. */
export function firstTarget(
  { model, wire, models }: Pick<RouteSignals, 'model' | 'wire'> & RouteSignals['caller'],
  catalogue: Catalogue,
): RouteTarget {
  const signals = {
    operation: 'chat',
    needs: [],
    inputTokens: 0,
    maxTokens: null,
  } satisfies Partial<RouteSignals>
  const [target] = planRoute({ ...signals, model, wire, caller: { models } }, catalogue).targets
  if (!target) throw new Error('a plan has a target')
  return target
}

function fallbacksOf({ fallbacks }: Model, catalogue: Catalogue): Model[] {
  return fallbacks.flatMap((name) => findModel(name, catalogue) ?? pinned(name, catalogue) ?? [])
}

function targetOf(
  model: Model,
  provider: Provider,
  { wire: dialect }: RouteSignals,
  maxTokens: number | null,
): RouteTarget {
  return {
    provider: provider.name,
    pool: provider.pool,
    // What the caller speaks is passed through where the provider has it.
    wire: provider.alsoSpeaks.includes(dialect) ? dialect : provider.wire,
    model: model.name,
    upstreamModel: model.upstreamModel,
    price: model.price,
    maxTokens,
    traits: model.traits,
    maxEventBytes: maxEventBytes(model.capabilities),
  }
}
