-- How much of the input was read from the providers' prompt caches.
SELECT model, sum(input_tokens) AS input_tokens, sum(cached_input_tokens) AS cached,
       round(sum(cached_input_tokens) / nullif(sum(input_tokens), 0), 3) AS share
FROM gateway.usage_once
WHERE day BETWEEN DATE '2026-01-01' AND DATE '2026-01-31'
GROUP BY model
ORDER BY share DESC NULLS LAST, model;
