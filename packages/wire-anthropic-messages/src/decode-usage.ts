import type { ReportedUsage } from '@sluice/contracts/usage'
import { countOrNull, isObject, type JsonObject } from '@sluice/wire/json'

/**
 * Anthropic's `usage`: what was read from the cache and what was written to it lie outside `input_tokens`, so all three together are the input
 * (T52). Where one call took several turns at the provider, the counts at the top leave some of them out (compaction), and the list of turns may
 * leave some counts out: of both, the higher is what was consumed (T53). Null when the two counts are not there: unknown is never 0.
 */
export function decodeUsage(value: unknown): ReportedUsage | null {
  if (!isObject(value)) return null
  const { iterations } = value
  const turns = Array.isArray(iterations) ? iterations.filter((turn) => isObject(turn)) : []
  const count = (read: (usage: JsonObject) => number | null): number | null => {
    const top = read(value)
    if (turns.length === 0) return top
    const sum = turns.reduce((total, turn) => total + (read(turn) ?? 0), 0)
    return Math.max(top ?? 0, sum)
  }
  const uncached = count((usage) => countOrNull(usage['input_tokens']))
  const output = count((usage) => countOrNull(usage['output_tokens']))
  if (uncached === null || output === null) return null
  const read = count((usage) => countOrNull(usage['cache_read_input_tokens'])) ?? 0
  const written = count(cacheWrites) ?? 0
  const hourly = count((usage) => writesFor(usage, 'ephemeral_1h_input_tokens')) ?? 0
  const { output_tokens_details: details } = value
  const thought = (isObject(details) ? countOrNull(details['thinking_tokens']) : null) ?? 0
  return {
    input_tokens: uncached + read + written,
    output_tokens: output,
    cached_input_tokens: read,
    cache_write_tokens: written,
    ...(hourly > 0 ? { cache_write_1h_tokens: Math.min(hourly, written) } : {}),
    reasoning_tokens: Math.min(thought, output),
    estimated: false,
  }
}

function cacheWrites(usage: JsonObject): number | null {
  const total = countOrNull(usage['cache_creation_input_tokens'])
  if (total !== null) return total
  const short = writesFor(usage, 'ephemeral_5m_input_tokens')
  const long = writesFor(usage, 'ephemeral_1h_input_tokens')
  return short === null && long === null ? null : (short ?? 0) + (long ?? 0)
}

function writesFor({ cache_creation: writes }: JsonObject, name: string): number | null {
  return isObject(writes) ? countOrNull(writes[name]) : null
}

/**
 * What a stream has reported so far. `message_delta` repeats counts of `message_start` with their final values: they replace what was there and
 * are never added to it (T50). A count that is null says nothing.
 */
export function mergeUsage(before: JsonObject | null, reported: unknown): JsonObject | null {
  if (!isObject(reported)) return before
  const merged: JsonObject = { ...before }
  for (const [name, value] of Object.entries(reported)) if (value !== null) merged[name] = value
  return merged
}
