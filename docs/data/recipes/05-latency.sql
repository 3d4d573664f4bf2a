-- How long people wait: for the first part of a stream, and for the whole answer.
SELECT model, count(*) AS calls,
       round(quantile_cont(first_part_ms, 0.5)) AS first_part_p50_ms,
       round(quantile_cont(first_part_ms, 0.95)) AS first_part_p95_ms,
       round(quantile_cont(date_diff('millisecond', accepted_at, finished_at), 0.95)) AS whole_p95_ms
FROM gateway.usage_once
WHERE state = 'completed' AND stream AND day BETWEEN DATE '2026-01-01' AND DATE '2026-01-31'
GROUP BY model
ORDER BY model;
