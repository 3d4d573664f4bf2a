-- What customers paid, and what the providers' calls cost us: also of attempts that failed.
WITH calls AS (
  SELECT request_id, unnest(from_json(calls, '[{"provider":"VARCHAR","cost_nano_usd":"BIGINT"}]')) AS call
  FROM gateway.usage_once
  WHERE day BETWEEN DATE '2026-01-01' AND DATE '2026-01-31'
), costs AS (
  SELECT request_id, sum(call.cost_nano_usd) AS cost FROM calls GROUP BY request_id
)
SELECT model, sum(amount_nano_usd) / 1e9 AS paid_usd, coalesce(sum(cost), 0) / 1e9 AS cost_usd,
       (sum(amount_nano_usd) - coalesce(sum(cost), 0)) / 1e9 AS margin_usd
FROM gateway.usage_once LEFT JOIN costs USING (request_id)
WHERE day BETWEEN DATE '2026-01-01' AND DATE '2026-01-31'
GROUP BY model
ORDER BY model;
