import type { Usage } from '@sluice/contracts/usage'
import { countOrNull, isObject } from '@sluice/wire/json'

/** Cached tokens lie inside the input's, reasoning inside the output's. Null when the two counts are not there: unknown is never 0. */
export function decodeUsage(value: unknown): Usage | null {
  if (!isObject(value)) return null
  const input = countOrNull(value['input_tokens'])
  const output = countOrNull(value['output_tokens'])
  if (input === null || output === null) return null
  const inside = (details: unknown, name: string, whole: number) =>
    Math.min((isObject(details) ? countOrNull(details[name]) : null) ?? 0, whole)
  const { input_tokens_details: inputDetails, output_tokens_details: outputDetails } = value
  return {
    input_tokens: input,
    output_tokens: output,
    cached_input_tokens: inside(inputDetails, 'cached_tokens', input),
    cache_write_tokens: inside(inputDetails, 'cache_write_tokens', input),
    reasoning_tokens: inside(outputDetails, 'reasoning_tokens', output),
    estimated: false,
  }
}
