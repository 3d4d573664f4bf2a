-- Share of calls that failed, by provider and hour, with the most frequent reason.
SELECT provider, date_trunc('hour', finished_at) AS hour, count(*) AS calls,
       round(count(*) FILTER (state = 'failed') / count(*), 4) AS failed,
       mode(error_code) FILTER (state = 'failed') AS most_frequent
FROM gateway.usage_once
WHERE day = DATE '2026-01-01'
GROUP BY provider, hour
ORDER BY hour, provider;
