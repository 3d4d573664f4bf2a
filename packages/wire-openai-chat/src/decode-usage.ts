import type { Usage } from '@sluice/contracts/usage'
import { isObject } from '@sluice/wire/json'

/**
 * OpenAI's `usage`: cached tokens lie inside `prompt_tokens`, reasoning inside `completion_tokens`. Vendors that leave reasoning out of
 * `completion_tokens` (Gemini, xAI) still have it in `total_tokens`, so the output is what the total leaves when that is more.
 * Null when the two counts are not there: unknown is never 0.
 */
export function decodeUsage(value: unknown): Usage | null {
  if (!isObject(value)) return null
  const input = count(value['prompt_tokens'])
  if (input === null) return null
  const completion = count(value['completion_tokens'])
  const total = count(value['total_tokens'])
  if (completion === null && total === null) return null
  const output = Math.max(completion ?? 0, (total ?? 0) - input)
  const promptDetails = detail(value['prompt_tokens_details'])
  const cached = promptDetails('cached_tokens') ?? count(value['prompt_cache_hit_tokens']) ?? 0
  const reasoning = detail(value['completion_tokens_details'])('reasoning_tokens') ?? 0
  return {
    input_tokens: input,
    output_tokens: output,
    cached_input_tokens: Math.min(cached, input),
    cache_write_tokens: Math.min(promptDetails('cache_write_tokens') ?? 0, input),
    reasoning_tokens: Math.min(reasoning, output),
    estimated: false,
  }
}

function detail(value: unknown): (name: string) => number | null {
  return (name) => (isObject(value) ? count(value[name]) : null)
}

function count(value: unknown): number | null {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null
}
