import type { Usage } from '@sluice/contracts/usage'
import type { JsonObject } from '@sluice/wire/json'

/** OpenAI's `usage`: cached tokens inside the prompt's, reasoning inside the completion's, the total always the sum. */
export function encodeUsage(usage: Usage): JsonObject {
  const { input_tokens: input, output_tokens: output } = usage
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: {
      cached_tokens: usage.cached_input_tokens,
      ...(usage.cache_write_tokens > 0 ? { cache_write_tokens: usage.cache_write_tokens } : {}),
    },
    completion_tokens_details: { reasoning_tokens: usage.reasoning_tokens },
  }
}
