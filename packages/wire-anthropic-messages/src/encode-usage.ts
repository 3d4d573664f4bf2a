import type { ReportedUsage } from '@sluice/contracts/usage'
import type { JsonObject } from '@sluice/wire/json'

/**
 * Every count is there, also where nothing was reported: clients break on a usage that lacks one (T45). The parts of the input are disjoint,
 * other than in ours (T52).
 */
export function encodeUsage(usage: ReportedUsage | null): JsonObject {
  if (usage === null) {
    return {
      input_tokens: 0,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: 0,
    }
  }
  const { cached_input_tokens: read, cache_write_tokens: written } = usage
  const hourly = usage.cache_write_1h_tokens
  return {
    input_tokens: Math.max(0, usage.input_tokens - read - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    ...(hourly === undefined
      ? {}
      : {
          cache_creation: {
            ephemeral_5m_input_tokens: written - hourly,
            ephemeral_1h_input_tokens: hourly,
          },
        }),
    output_tokens: usage.output_tokens,
    ...(usage.reasoning_tokens > 0
      ? { output_tokens_details: { thinking_tokens: usage.reasoning_tokens } }
      : {}),
  }
}
