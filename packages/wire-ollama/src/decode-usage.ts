import type { Usage } from '@sluice/contracts/usage'
import type { JsonObject } from './json.ts'

/** Null unless both counts are there: some versions leave out the prompt's when it was cached, and unknown is not 0. */
export function decodeUsage(end: JsonObject): Usage | null {
  const input = count(end['prompt_eval_count'])
  const output = count(end['eval_count'])
  if (input === null || output === null) return null
  return {
    input_tokens: input,
    output_tokens: output,
    cached_input_tokens: Math.min(count(end['prompt_eval_cached_count']) ?? 0, input),
    cache_write_tokens: 0,
    reasoning_tokens: 0,
    estimated: false,
  }
}

/** OpenAI's `usage` object of the same numbers. */
export function encodeUsage(usage: Usage): object {
  return {
    prompt_tokens: usage.input_tokens,
    completion_tokens: usage.output_tokens,
    total_tokens: usage.input_tokens + usage.output_tokens,
    prompt_tokens_details: { cached_tokens: usage.cached_input_tokens },
  }
}

function count(value: unknown): number | null {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null
}
