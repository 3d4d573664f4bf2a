import type { Usage } from '@sluice/contracts/usage'
import { countOrNull, isObject } from '@sluice/wire/json'

/**
 * `usageMetadata`: cached tokens lie inside the prompt's; what tools read for the model, and its thoughts, lie outside both counts and are billed
 * as input and output. Null when the prompt was not counted: unknown is never 0.
 */
export function decodeUsage(value: unknown): Usage | null {
  if (!isObject(value)) return null
  const prompt = countOrNull(value['promptTokenCount'])
  const total = countOrNull(value['totalTokenCount'])
  if (prompt === null) return null
  const input = prompt + (countOrNull(value['toolUsePromptTokenCount']) ?? 0)
  const thoughts = countOrNull(value['thoughtsTokenCount']) ?? 0
  // The Live API calls them `responseTokenCount`.
  const candidates =
    countOrNull(value['candidatesTokenCount']) ?? countOrNull(value['responseTokenCount'])
  if (candidates === null && total === null) return null
  const output = candidates === null ? Math.max(0, (total ?? 0) - input) : candidates + thoughts
  return {
    input_tokens: input,
    output_tokens: output,
    cached_input_tokens: Math.min(countOrNull(value['cachedContentTokenCount']) ?? 0, input),
    cache_write_tokens: 0,
    reasoning_tokens: Math.min(thoughts, output),
    estimated: false,
  }
}
