import { denied } from '@sluice/catalogue/capabilities'
import type { Model } from '@sluice/catalogue/catalogue'
import type { RouteSignals } from './plan-route.ts'

/** An estimate that is a fifth too high must not refuse what would have fitted a model's window. */
const certainty = 0.8

/** What a call takes and the row of a model denies, by the row's own names. What a row does not say is allowed. */
export function lacking(model: Model, request: RouteSignals): string[] {
  const { capabilities, maxTotalTokens } = model
  const { operation, needs, inputTokens, maxTokens } = request
  const lacks: string[] = denied(capabilities, operation, needs)
  const asked = maxTokens ?? 0
  const window = capabilities.context_window ?? Infinity
  if (inputTokens * certainty > window || asked > window) lacks.push('context_window')
  if (inputTokens + asked > (maxTotalTokens ?? Infinity)) lacks.push('max_total_tokens')
  return lacks
}
