import type { Usage } from '@sluice/contracts/usage'
import type { JsonObject } from '@sluice/wire/json'

/** Cached tokens inside the input's, reasoning inside the output's, the total always the sum. */
export function encodeUsage(usage: Usage): JsonObject {
  const { input_tokens: input, output_tokens: output } = usage
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: usage.cached_input_tokens,
      cache_write_tokens: usage.cache_write_tokens,
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoning_tokens },
    total_tokens: input + output,
  }
}
