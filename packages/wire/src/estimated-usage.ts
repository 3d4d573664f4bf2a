import { noUsage, type Usage } from '@sluice/contracts/usage'
import { estimateTokens } from '@sluice/kernel/estimate-tokens'

/** Where a provider reported nothing, or nothing that can be true: what is billed, and what the caller is shown. */
export function estimatedUsage(inputCharacters: number, outputCharacters: number): Usage {
  return {
    ...noUsage,
    input_tokens: estimateTokens(inputCharacters),
    output_tokens: estimateTokens(outputCharacters),
    estimated: true,
  }
}

/** No model reads or writes as many in one call: a provider that says so is not believed, and the count is estimated. */
const maxTokens = 100_000_000

export function believable(usage: Usage | null): Usage | null {
  if (usage === null) return null
  const { input_tokens, output_tokens } = usage
  return input_tokens >= 0 && output_tokens >= 0 && input_tokens + output_tokens <= maxTokens
    ? usage
    : null
}
