import { noUsage, type ReportedUsage } from '@sluice/contracts/usage'
import { countOrNull, isObject, type JsonObject } from '@sluice/wire/json'

/**
 * The counts of an operation, under the names that its vendors have for them: `prompt_tokens` and `total_tokens` (embeddings), `input_tokens` and
 * `output_tokens` with details (images, audio), `meta.tokens` (Cohere). Null = none: the length of a recording is no count.
 */
export function decodeUsage(reply: JsonObject): ReportedUsage | null {
  const { usage, meta } = reply
  const tokens = isObject(meta) ? meta['tokens'] : null
  const counts = isObject(usage) ? usage : isObject(tokens) ? tokens : {}
  const total = countOrNull(counts['total_tokens'])
  const output = countOrNull(counts['output_tokens']) ?? countOrNull(counts['completion_tokens'])
  const input = countOrNull(counts['input_tokens']) ?? countOrNull(counts['prompt_tokens']) ?? total
  if (input === null) return null
  const inputDetails = details(counts['input_token_details'] ?? counts['input_tokens_details'])
  const outputDetails = details(counts['output_token_details'] ?? counts['output_tokens_details'])
  return {
    ...noUsage,
    input_tokens: input,
    output_tokens: output ?? 0,
    cached_input_tokens: Math.min(inputDetails('cached_tokens'), input),
    audio_input_tokens: inputDetails('audio_tokens'),
    audio_output_tokens: outputDetails('audio_tokens'),
  }
}

function details(value: unknown): (name: string) => number {
  return (name) => (isObject(value) ? (countOrNull(value[name]) ?? 0) : 0)
}
