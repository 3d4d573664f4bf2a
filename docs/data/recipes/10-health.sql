-- Is the lake well? Newest fact, repetitions that the view hides, and records that became no row.
SELECT 'usage' AS "table", count(*) AS rows, count(*) - count(DISTINCT (tenant_id, request_id)) AS repeated, max(finished_at) AS newest
FROM gateway.usage
UNION ALL
SELECT 'conversations', count(*), count(*) - count(DISTINCT (tenant_id, id)), max("timestamp") FROM gateway.conversations
UNION ALL
SELECT 'decisions', count(*), count(*) - count(DISTINCT (tenant_id, request_id)), max(occurred_at) FROM gateway.decisions
UNION ALL
SELECT 'quarantine: ' || reason, count(*), 0, max(kafka_timestamp) FROM gateway.quarantine GROUP BY reason
ORDER BY 1;
