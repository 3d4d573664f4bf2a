import type { ReportedUsage } from '@sluice/contracts/usage'
import { countOrNull, isObject } from '@sluice/wire/json'

/** Like Anthropic's, `inputTokens` leaves out what was read from the cache and written to it. Null when a count is missing: unknown is never 0. */
export function decodeUsage(value: unknown): ReportedUsage | null {
  if (!isObject(value)) return null
  const fresh = countOrNull(value['inputTokens'])
  const output = countOrNull(value['outputTokens'])
  if (fresh === null || output === null) return null
  const read = countOrNull(value['cacheReadInputTokens']) ?? 0
  const written = countOrNull(value['cacheWriteInputTokens']) ?? 0
  const forAnHour = writtenForAnHour(value['cacheDetails'])
  return {
    input_tokens: fresh + read + written,
    output_tokens: output,
    cached_input_tokens: read,
    cache_write_tokens: written,
    reasoning_tokens: 0,
    estimated: false,
    ...(forAnHour > 0 ? { cache_write_1h_tokens: Math.min(forAnHour, written) } : {}),
  }
}

function writtenForAnHour(details: unknown): number {
  if (!Array.isArray(details)) return 0
  let total = 0
  for (const detail of details as unknown[]) {
    if (isObject(detail) && detail['ttl'] === '1h') total += countOrNull(detail['inputTokens']) ?? 0
  }
  return total
}
