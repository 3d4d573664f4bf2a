import type { Catalogue, Model } from '@sluice/catalogue/catalogue'
import { globMatcher } from '@sluice/catalogue/glob'
import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { RoutePlan, RouteReason } from '@sluice/contracts/generation/route-plan'
import { GatewayError } from '@sluice/kernel/errors'
import { routerErrors } from './errors.ts'
import { nearestNames } from './nearest-names.ts'

/** What a route is decided on. */
type RouteSignals = Pick<GenerationRequest, 'model'> & {
  readonly caller: Pick<GenerationRequest['caller'], 'models'>
}

/**
 * Which provider serves a request, and why. Pure: the same request and catalogue give the same plan, of one target: fall-back routes come with routing layers. The name a caller asks for is, in this
 * order, a model of the catalogue (a demo model with a `:suffix` included), an alias, `auto`, a model behind a provider's prefix (`openai/gpt-4o`), or the bare name of one provider's model.
 */
export function planRoute(request: RouteSignals, catalogue: Catalogue): RoutePlan {
  const choice = chooseModel(request.model, catalogue)
  const provider = choice && catalogue.providers.get(choice.model.provider)
  if (!provider) throw unknownModel(request, catalogue)
  const { model, reason, maxTokens } = choice
  return {
    targets: [
      {
        provider: provider.name,
        pool: provider.pool,
        wire: provider.wire,
        model: model.name,
        upstreamModel: model.upstreamModel,
        price: model.price,
        maxTokens,
        traits: {},
        maxEventBytes: null,
      },
    ],
    reason,
  }
}

interface Choice {
  readonly model: Model
  readonly reason: RouteReason
  readonly maxTokens: number | null
}

function chooseModel(name: string, catalogue: Catalogue): Choice | null {
  const direct = findModel(name, catalogue)
  if (direct)
    return { model: direct, reason: { code: 'model', detail: direct.name }, maxTokens: null }

  const alias = catalogue.aliases.get(name)
  if (alias) {
    const model = findModel(alias.model, catalogue) ?? pinned(alias.model, catalogue)
    if (model) {
      const reason: RouteReason = { code: 'alias', detail: `${name} -> ${model.name}` }
      return { model, reason, maxTokens: alias.maxTokens }
    }
  }

  if (name === 'auto' && catalogue.defaultModel !== null) {
    const choice = chooseModel(catalogue.defaultModel, { ...catalogue, defaultModel: null })
    return choice && { ...choice, reason: { code: 'default', detail: choice.model.name } }
  }

  const prefixed = pinned(name, catalogue)
  if (prefixed) {
    return {
      model: prefixed,
      reason: { code: 'pinned_prefix', detail: prefixed.name },
      maxTokens: null,
    }
  }

  const bare = bareName(name, catalogue)
  if (bare) return { model: bare, reason: { code: 'model', detail: bare.name }, maxTokens: null }
  return null
}

function findModel(name: string, { models }: Catalogue): Model | undefined {
  const exact = models.get(name)
  if (exact) return exact
  const colon = name.indexOf(':')
  const base = colon > 0 ? models.get(name.slice(0, colon)) : undefined
  if (!base?.suffixes) return undefined
  return { ...base, upstreamModel: base.upstreamModel + name.slice(colon) }
}

/** `openai/gpt-4o`: a provider of the environment, and one of its models that the price list knows. */
function pinned(name: string, catalogue: Catalogue): Model | null {
  const slash = name.indexOf('/')
  if (slash <= 0) return null
  return catalogue.unlisted(name.slice(0, slash), name.slice(slash + 1))
}

/** `gpt-4o`: the first environment provider that has it, in the order in which they were found. */
function bareName(name: string, catalogue: Catalogue): Model | null {
  for (const provider of catalogue.providers.values()) {
    if (provider.origin !== 'environment') continue
    const model =
      catalogue.models.get(`${provider.name}/${name}`) ?? catalogue.unlisted(provider.name, name)
    if (model) return model
  }
  return null
}

function unknownModel(
  { model, caller }: RouteSignals,
  { models, aliases, defaultModel }: Catalogue,
): GatewayError {
  if (model === 'auto' && defaultModel === null) {
    const message =
      "There is no model behind 'auto': set default_model in sluice.yaml, or DEFAULT_MODEL."
    return new GatewayError(routerErrors.model_not_found, message, { param: 'model' })
  }
  // Names that the key may not use are not given away.
  const mayUse = caller.models === null ? () => true : globMatcher(caller.models)
  const near = nearestNames(model, [...aliases.keys(), ...models.keys()].filter(mayUse), 3)
  const hint = near.length > 0 ? ` Nearest: ${near.join(', ')}.` : ''
  const help = ' GET /v1/models lists what there is; sluice.yaml or a provider key adds more.'
  return new GatewayError(
    routerErrors.model_not_found,
    `The model '${model.slice(0, 200)}' does not exist or has no known price.${hint}${help}`,
    { param: 'model' },
  )
}
