-- Who of a tenant spent most. A key that is nobody's in particular stands for itself.
SELECT coalesce(user_id, key_id) AS who, count(*) AS calls, sum(input_tokens + output_tokens) AS tokens,
       sum(amount_nano_usd) / 1e9 AS usd
FROM gateway.usage_once
WHERE tenant_id = 'acme' AND day BETWEEN DATE '2026-01-01' AND DATE '2026-01-31'
GROUP BY who
ORDER BY usd DESC, who
LIMIT 20;
