import type { Reasoning } from '@sluice/wire/canonical-request'
import { budgetOf, effortOf, isEffort } from '@sluice/wire/effort'
import { countOrNull, type JsonObject } from '@sluice/wire/json'
import { member } from './member.ts'

/** The most that every model which takes a budget allows. */
const maxBudget = 24_576

/**
 * `thinkingConfig` by the one table of efforts (T27): as a level for models that leave the amount to themselves, else as a budget. Null when
 * the caller said nothing. These models cannot be told not to think at all.
 */
export function encodeThinking(
  reasoning: Reasoning,
  byLevel: boolean,
  adapted: Set<string>,
): JsonObject | null {
  const config: JsonObject = {}
  const effort = effortOf(reasoning)
  const budget = budgetOf(reasoning)
  if (byLevel && effort !== null) {
    if (effort === 'none') adapted.add('reasoning_effort')
    const isLow = effort === 'none' || effort === 'minimal' || effort === 'low'
    config['thinkingLevel'] = isLow ? 'LOW' : effort === 'medium' ? 'MEDIUM' : 'HIGH'
  } else if (budget !== null) config['thinkingBudget'] = Math.min(budget, maxBudget)
  // A budget comes from dialects that show thoughts unless they are told not to; Google hides them unless it is told to show them.
  const visible = reasoning.visible ?? (reasoning.budgetTokens === null ? null : true)
  if (visible !== null) config['includeThoughts'] = visible
  return Object.keys(config).length > 0 ? config : null
}

export function decodeThinking(config: JsonObject | null): Reasoning | null {
  if (!config) return null
  const level = String(member(config, 'thinkingLevel')).toLowerCase()
  const visible = member(config, 'includeThoughts')
  return {
    effort: isEffort(level) ? level : null,
    // −1 leaves the amount to the model.
    budgetTokens: countOrNull(member(config, 'thinkingBudget')),
    visible: typeof visible === 'boolean' ? visible : null,
  }
}
