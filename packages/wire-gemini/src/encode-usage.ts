import type { Usage } from '@sluice/contracts/usage'
import type { JsonObject } from '@sluice/wire/json'

/** As a member of a reply or of a stream's last event; none when nothing was counted. */
export function encodeUsage(usage: Usage | null): JsonObject {
  if (!usage) return {}
  const { input_tokens: input, output_tokens: output, reasoning_tokens: thoughts } = usage
  return {
    usageMetadata: {
      promptTokenCount: input,
      ...(usage.cached_input_tokens > 0
        ? { cachedContentTokenCount: usage.cached_input_tokens }
        : {}),
      candidatesTokenCount: output - thoughts,
      ...(thoughts > 0 ? { thoughtsTokenCount: thoughts } : {}),
      totalTokenCount: input + output,
    },
  }
}
