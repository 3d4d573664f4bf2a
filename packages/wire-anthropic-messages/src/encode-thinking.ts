import type { Effort } from '@sluice/wire/canonical-request'
import { budgetOf, effortOf } from '@sluice/wire/effort'
import type { JsonObject } from '@sluice/wire/json'
import type { EncodedMessage } from './encode-messages.ts'
import type { Encoding } from './encode-request.ts'
import { needsFormatTool } from './structured-output.ts'

export interface Thinking {
  readonly on: boolean
  /** The `thinking` member; null = not said. */
  readonly config: JsonObject | null
  /** For `output_config.effort`; null = not said. */
  readonly effort: string | null
}

/** Anthropic's own bound. */
const minBudget = 1024
/** Of the answer's limit, which thinking is part of: something must be left for the answer itself. */
const maxShare = 0.8

const silent: Thinking = Object.freeze({ on: false, config: null, effort: null })

/** How much the model is to think (T27): by a budget where the model takes one, else by an effort. */
export function encodeThinking(
  { request, traits, adapted }: Encoding,
  maxTokens: number,
  messages: readonly EncodedMessage[],
): Thinking {
  const { reasoning } = request
  if (!reasoning) return silent
  const effort = effortOf(reasoning)
  // Who thinks cannot be made to call (T17), and of the two the form of the answer is what the caller relies on.
  const isBarred =
    traits.refuses?.includes('reasoning_effort') === true || needsFormatTool(request, traits)
  if (isBarred) {
    if (effort !== null && effort !== 'none') adapted.add('reasoning_effort')
    return silent
  }
  if (effort === 'none') {
    // Models that do not think at all need not hear of it.
    return traits.thinking === undefined ? silent : { ...silent, config: { type: 'disabled' } }
  }
  const display =
    reasoning.visible === null ? {} : { display: reasoning.visible ? 'summarized' : 'omitted' }
  if (traits.thinking === 'adaptive') {
    const config = { type: 'adaptive', ...display }
    return { on: true, config, effort: effort === null ? null : effortWord(effort) }
  }
  const wanted = budgetOf(reasoning)
  if (wanted === null) return silent
  const budget = Math.max(minBudget, Math.min(wanted, Math.floor(maxTokens * maxShare)))
  if (budget >= maxTokens || !canThink(messages)) {
    adapted.add('reasoning_effort')
    return silent
  }
  return { on: true, config: { type: 'enabled', budget_tokens: budget, ...display }, effort: null }
}

function effortWord(effort: Effort): string {
  return effort === 'minimal' ? 'low' : effort
}

/** A turn that is still going on must have begun with thoughts to go on with thoughts, which callers of other dialects rarely give back. */
function canThink(messages: readonly EncodedMessage[]): boolean {
  if (messages.at(-1)?.role === 'assistant') return false
  const answer = messages.findLast(({ role }) => role === 'assistant')
  if (!answer?.content.some(({ type }) => type === 'tool_use')) return true
  const followsCall = messages.at(-1)?.content.some(({ type }) => type === 'tool_result') === true
  const first = answer.content[0]?.['type']
  return !followsCall || first === 'thinking' || first === 'redacted_thinking'
}
