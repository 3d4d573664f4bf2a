import type { Usage } from '@sluice/contracts/usage'
import { countOrNull, type JsonObject } from '@sluice/wire/json'

/** Null unless both counts are there: some versions leave out the prompt's when it was cached, and unknown is not 0. */
export function decodeUsage(end: JsonObject): Usage | null {
  const input = countOrNull(end['prompt_eval_count'])
  const output = countOrNull(end['eval_count'])
  if (input === null || output === null) return null
  return {
    input_tokens: input,
    output_tokens: output,
    cached_input_tokens: Math.min(countOrNull(end['prompt_eval_cached_count']) ?? 0, input),
    cache_write_tokens: 0,
    reasoning_tokens: 0,
    estimated: false,
  }
}
