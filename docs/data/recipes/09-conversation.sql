-- A conversation as it was held, call by call: ids of requests begin with the time of their acceptance, whoever wrote their bills and when. Name tenant, person and days: they choose the files that are read. Which ones there are:
-- the same FROM and WHERE without session_id, after SELECT session_id, min("timestamp"), max("timestamp"), count(*), with GROUP BY session_id.
SELECT "timestamp", role, content, json_extract_string(metadata, '$.model') AS model
FROM gateway.conversations_once
WHERE tenant_id = 'acme' AND user_id = 'anna' AND session_id = 'support-42'
  AND day BETWEEN DATE '2026-01-01' AND DATE '2026-01-31'
ORDER BY request_id, turn;
