-- What each tenant spent, day by day.
SELECT tenant_id, day, count(*) AS calls, sum(amount_nano_usd) / 1e9 AS usd
FROM gateway.usage_once
WHERE day BETWEEN DATE '2026-01-01' AND DATE '2026-01-31'
GROUP BY tenant_id, day
ORDER BY tenant_id, day;
