import type { Usage } from '@sluice/contracts/usage'
import type { JsonObject } from '@sluice/wire/json'

/** Members of the last line; none when nothing was counted. */
export function encodeUsage(usage: Usage | null): JsonObject {
  if (!usage) return {}
  return {
    prompt_eval_count: usage.input_tokens,
    ...(usage.cached_input_tokens > 0
      ? { prompt_eval_cached_count: usage.cached_input_tokens }
      : {}),
    eval_count: usage.output_tokens,
  }
}
