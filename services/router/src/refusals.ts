import type { Catalogue } from '@sluice/catalogue/catalogue'
import { globMatcher } from '@sluice/catalogue/glob'
import type { SkippedModel } from '@sluice/contracts/generation/route-plan'
import type { WireName } from '@sluice/contracts/wire-name'
import { GatewayError } from '@sluice/kernel/errors'
import { modelNamed } from './choose-model.ts'
import { routerErrors } from './errors.ts'
import { nearestNames } from '@sluice/catalogue/nearest-names'
import type { RouteSignals } from './plan-route.ts'

export function unknownModel({ model, caller }: RouteSignals, catalogue: Catalogue): GatewayError {
  const { models, aliases, unpriced, defaultModel } = catalogue
  if (model === 'auto' && defaultModel === null) {
    const message =
      "There is no model behind 'auto': set default_model in sluice.yaml, or DEFAULT_MODEL."
    return new GatewayError(routerErrors.model_not_found, message, { param: 'model' })
  }
  if (unpriced.has(model)) {
    const message = `The price of the model '${model}' is not known, so it is not served: give it one in sluice.yaml, or write price: free.`
    return new GatewayError(routerErrors.model_not_found, message, { param: 'model' })
  }
  const alias = aliases.get(model)
  if (alias) {
    const message = `The alias '${model}' names '${alias.model}', which is not served.`
    return new GatewayError(routerErrors.model_not_found, message, { param: 'model' })
  }
  // Names that the key may not use are not given away.
  const mayUse = caller.models === null ? () => true : globMatcher(caller.models)
  const served = [...aliases.values()].filter((each) => modelNamed(each.model, catalogue) !== null)
  const names = [...served.map(({ name }) => name), ...models.keys()]
  const near = nearestNames(model, names.filter(mayUse), 3)
  const hint = near.length > 0 ? ` Nearest: ${near.join(', ')}.` : ''
  const help = ' GET /v1/models lists what there is; sluice.yaml or a provider key adds more.'
  return new GatewayError(
    routerErrors.model_not_found,
    `The model '${model.slice(0, 200)}' does not exist or has no known price.${hint}${help}`,
    { param: 'model' },
  )
}

/** Members that ask for a capability, as the dialects call them; OpenAI's chat where a dialect is not named. */
const paramOf: Readonly<Record<string, Readonly<Partial<Record<WireName | 'default', string>>>>> = {
  tools: { default: 'tools' },
  images: { default: 'messages', 'openai-responses': 'input' },
  audio: { default: 'messages', 'openai-responses': 'input' },
  json_schema: {
    default: 'response_format',
    'openai-responses': 'text.format',
    'anthropic-messages': 'output_config',
  },
  context_window: { default: 'messages', 'openai-responses': 'input' },
  max_total_tokens: { default: 'messages', 'openai-responses': 'input' },
  reasoning: {
    default: 'reasoning_effort',
    'openai-responses': 'reasoning',
    'anthropic-messages': 'thinking',
  },
}

/** What a call asks for, as a whole, by the capability that a row denies. */
const operations: Readonly<Record<string, string>> = {
  chat: 'chat completions',
  embeddings: 'embeddings',
  rerank: 'rerank',
  moderation: 'moderations',
  image_generation: 'image generation',
  speech: 'speech',
  transcription: 'transcriptions',
}

/** Every model of the route lacks something: the call is told what, and by which of its members. */
export function noFit(
  { model, wire }: RouteSignals,
  skipped: readonly SkippedModel[],
): GatewayError {
  const lacks = [...new Set(skipped.flatMap((each) => each.lacks))]
  const [first = ''] = lacks
  const operation = operations[first]
  const problem = operation === undefined ? `offer: ${lacks.join(', ')}` : `do ${operation}`
  const message = `The model '${model.slice(0, 200)}' does not ${problem}.`
  const param = paramOf[first]?.[wire] ?? paramOf[first]?.default ?? 'model'
  return new GatewayError(routerErrors.capability_missing, message, { param })
}
