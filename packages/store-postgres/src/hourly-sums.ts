/*
 * `usage.hourly` is made from the ledger, by a trigger at every insert and by whoever makes it anew. The trigger has this text since migration 4 of
 * `usage`: a change of it needs a migration that replaces the function.
 */

const keys = [
  'tenant_id',
  'hour',
  'project_id',
  'key_id',
  'user_id',
  'channel',
  'requested_model',
  'model',
  'provider',
].join(', ')

/** The columns that are summed up. */
export const hourlySums: readonly string[] = [
  'requests',
  'failed',
  'cancelled',
  'estimated',
  'input_tokens',
  'output_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'reasoning_tokens',
  'amount_nano_usd',
  'duration_ms',
  'first_part_ms',
  'first_parts',
]

/** Adds the ledger rows of `source` (a table, or a part of one) to the sums, in order of their key, so that two processes wait for each other. */
export function addToHourly(source: string): string {
  return `
    INSERT INTO usage.hourly AS h (${keys}, ${hourlySums.join(', ')})
    SELECT tenant_id, (accepted_at / 3600000)::integer, project_id, key_id, coalesce(user_id, ''), channel,
      CASE WHEN provider IS NULL THEN '' ELSE requested_model END, CASE WHEN provider IS NULL THEN '' ELSE model END, coalesce(provider, ''),
      count(*), count(*) FILTER (WHERE state IN ('failed', 'expired')), count(*) FILTER (WHERE state = 'cancelled'),
      count(*) FILTER (WHERE estimated), sum(input_tokens), sum(output_tokens), sum(cached_input_tokens), sum(cache_write_tokens),
      sum(reasoning_tokens), sum(amount_nano_usd), sum(greatest(finished_at - accepted_at, 0)), coalesce(sum(first_part_ms), 0),
      count(first_part_ms)
    FROM ${source}
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    ON CONFLICT (${keys}) DO UPDATE SET ${hourlySums.map((sum) => `${sum} = h.${sum} + excluded.${sum}`).join(', ')}`
}
