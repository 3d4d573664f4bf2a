import type { Catalogue, Model } from '@sluice/catalogue/catalogue'
import type { RouteReason } from '@sluice/contracts/generation/route-plan'

export interface Choice {
  readonly model: Model
  readonly reason: RouteReason
  readonly maxTokens: number | null
}

/**
 * The name a caller asks for is, in this order, a model of the catalogue (a demo model with a `:suffix` included), an alias, `auto`, a model
 * behind a provider's prefix (`openai/gpt-4o`), or the bare name of one provider's model.
 */
export function chooseModel(name: string, catalogue: Catalogue): Choice | null {
  const direct = findModel(name, catalogue)
  if (direct)
    return { model: direct, reason: { code: 'model', detail: direct.name }, maxTokens: null }

  const alias = catalogue.aliases.get(name)
  if (alias) {
    const model = modelNamed(alias.model, catalogue)
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

/** By its whole name, which is no alias; null when it, or its provider, is not there. */
export function modelNamed(name: string, catalogue: Catalogue): Model | null {
  const model = findModel(name, catalogue) ?? pinned(name, catalogue)
  return model && catalogue.providers.has(model.provider) ? model : null
}

/** One of the catalogue, by its exact name. */
export function findModel(name: string, { models }: Catalogue): Model | undefined {
  const exact = models.get(name)
  if (exact) return exact
  const colon = name.indexOf(':')
  const base = colon > 0 ? models.get(name.slice(0, colon)) : undefined
  if (!base?.suffixes) return undefined
  return { ...base, upstreamModel: base.upstreamModel + name.slice(colon) }
}

/** `openai/gpt-4o`: a provider of the environment, and one of its models that the price list knows. */
export function pinned(name: string, catalogue: Catalogue): Model | null {
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
